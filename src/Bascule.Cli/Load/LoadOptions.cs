using System.CommandLine;
using System.Net;
using Bascule.Load;
using Bascule.Protocol;

namespace Bascule.Cli;

/// <summary>The options of <c>bascule load</c> that make its plan. All faults are told at once.</summary>
internal sealed class LoadOptions
{
    private static readonly Uri Nowhere = new("ws://invalid/");

    private readonly Argument<string[]> _urls = new("url") { Description = "Where to connect: ws:// or wss://. Several are used in turn.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _via = Text("--via", "URL", "With --direct: the same server through what stands before it. Both are measured in one run, in turn, and the difference is told with its confidence interval.");
    private readonly Option<string?> _direct = Text("--direct", "URL", "With --via: the server itself.");
    private readonly Option<string> _connections = Given("--connections", "N", "Connections in all, also as 12k. Default 100.", "100", "-c");
    private readonly Option<string?> _ramp = Text("--ramp", "N/s", "Begin so many attempts per second, whatever becomes of them. Default: as fast as --inflight allows.");
    private readonly Option<string?> _inFlight = Text("--inflight", "N", "Handshakes under way at once, at most. Default 100; with --ramp and in a storm: no bound.");
    private readonly Option<string> _hold = Given("--hold", "TIME", "How long to go on after all were tried: 500ms, 60s, 5m. Default 10s. In a storm: how long to wait for the last to come back.", "10s", "-d");
    private readonly Option<string?> _rate = Text("--rate", "N/s", "Messages per second and connection, sent on time whether or not the server answers (open loop). Default: the next one after the answer to the one before.", "-r");
    private readonly Option<string?> _interval = Text("--message-interval", "TIME", "The same as a pause: 10s is a rate of 0.1/s. For slow-reader: the pause between reads.");
    private readonly Option<LoadMode> _mode = new("--mode") { Description = "What the connections do.", DefaultValueFactory = _ => LoadMode.Echo, HelpName = "echo|receive|idle|churn|storm|slow-reader", CustomParser = ModeOf };
    private readonly Option<string> _size = Given("--size", "BYTES", $"Bytes of a message, {LoadPlan.SmallestMessage} to 16MiB. Default 128. For slow-reader: bytes to read at once.", "128");
    private readonly Option<int> _retries = new("--retries") { Description = "Further tries of a connection that failed or was lost. Default 0; in a storm: until the hold is over.", HelpName = "N" };
    private readonly Option<string?> _token = Text("--token", "TOKEN", "Sent as Authorization: Bearer. `-` reads tokens from the standard input, one a line.");
    private readonly Option<string?> _tokenCommand = Text("--token-command", "COMMAND", "A shell command that prints tokens, one a line. Connections use them in turn.");
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A field of the handshake, as \"Name: value\". Repeatable.", HelpName = "FIELD" };
    private readonly Option<string[]> _subprotocols = new("--subprotocol") { Description = "Offer this subprotocol. Repeatable.", HelpName = "NAME" };
    private readonly Option<string[]> _sources = new("--source-ip") { Description = "Come from these local addresses in turn, separated by commas. On loopback Bascule does so by itself when the ports of one address would not do.", HelpName = "IP,IP" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Take any certificate." };
    private readonly Option<string> _connectTimeout = Given("--connect-timeout", "TIME", "From the first packet to the 101. Default 10s.", "10s");
    private readonly Option<string> _messageTimeout = Given("--message-timeout", "TIME", "An echo that takes longer counts as missing. Default 10s.", "10s");

    internal void AddTo(Command command)
    {
        command.Arguments.Add(_urls);
        foreach (var option in (Option[])[_connections, _ramp, _inFlight, _hold, _mode, _rate, _interval, _size, _retries, _token, _tokenCommand, _headers, _subprotocols, _via, _direct, _sources, _insecure, _connectTimeout, _messageTimeout])
            command.Options.Add(option);
    }

    internal string? TokenCommandOf(ParseResult parse) => parse.GetValue(_tokenCommand);

    internal bool TokensFromInput(ParseResult parse) => parse.GetValue(_token) == "-";

    /// <summary>The plan; it means something only when there is no fault.</summary>
    /// <param name="tokens">From the standard input or a command; none leaves it to <c>--token</c>.</param>
    internal (LoadPlan Plan, IReadOnlyList<string> Faults) Read(ParseResult parse, IReadOnlyList<string> tokens)
    {
        var faults = new List<string>();
        var mode = parse.GetValue(_mode);
        var ramp = Rate(parse, _ramp, faults);
        var connections = Count(parse.GetValue(_connections)!, "--connections", 1_000_000, faults);
        var ofInterval = RateOfInterval(parse, faults);
        var rate = Rate(parse, _rate, faults) ?? ofInterval;
        var size = parse.GetValue(_size)!;
        if (!AmountText.TrySize(size, out var bytes) || bytes is < LoadPlan.SmallestMessage or > LoadPlan.LargestMessage)
            faults.Add($"--size is \"{size}\". Write {LoadPlan.SmallestMessage} to {LoadPlan.LargestMessage}, also as 1KiB or 16MiB: each message carries its number and a checksum.");
        if (rate is not null && mode is not (LoadMode.Echo or LoadMode.SlowReader))
            faults.Add("--rate and --message-interval are for the modes echo and slow-reader; the others send nothing.");
        if (parse.GetValue(_retries) is < 0 or > 1000)
            faults.Add($"--retries is {parse.GetValue(_retries)}. Write 0 to 1000.");
        var plan = new LoadPlan
        {
            Targets = Targets(parse, faults),
            Mode = mode,
            Connections = connections,
            Ramp = ramp,
            InFlight = parse.GetValue(_inFlight) is { } given ? Count(given, "--inflight", 1_000_000, faults) : ramp is not null || mode == LoadMode.Storm ? Math.Max(1, connections) : 100,
            Hold = Duration(parse.GetValue(_hold)!, "--hold", TimeSpan.Zero, faults),
            Rate = rate,
            Size = bytes,
            Retries = parse.GetValue(_retries),
            Tokens = Tokens(parse, tokens, faults),
            Headers = Headers(parse, faults),
            Subprotocols = Subprotocols(parse, faults),
            Sources = Sources(parse, faults),
            Insecure = parse.GetValue(_insecure),
            ConnectTimeout = Duration(parse.GetValue(_connectTimeout)!, "--connect-timeout", TimeSpan.FromMilliseconds(1), faults),
            MessageTimeout = Duration(parse.GetValue(_messageTimeout)!, "--message-timeout", TimeSpan.FromMilliseconds(1), faults),
        };
        return (plan with { Sources = plan.Sources.Count == 0 && faults.Count == 0 ? LoopbackSources.For(plan) : plan.Sources }, faults);
    }

    private IReadOnlyList<LoadTarget> Targets(ParseResult parse, List<string> faults)
    {
        var urls = parse.GetValue(_urls) ?? [];
        var (via, direct) = (parse.GetValue(_via), parse.GetValue(_direct));
        if (via is null && direct is null)
        {
            if (urls.Length == 0)
                faults.Add("There is no URL. Write one, for example ws://127.0.0.1:8666/echo, or --via URL --direct URL.");
            return [new LoadTarget("target", [.. urls.Select(u => Address(u, "The URL", faults))])];
        }

        if (via is null || direct is null || urls.Length > 0)
            faults.Add("A comparison takes --via URL and --direct URL, both, and no other URL.");
        return [new LoadTarget("via", [Address(via, "--via", faults)]), new LoadTarget("direct", [Address(direct, "--direct", faults)])];
    }

    /// <param name="text">Null was told as a fault already.</param>
    private static Uri Address(string? text, string what, List<string> faults)
    {
        if (text is null)
            return Nowhere;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "ws" or "wss" && url.Host.Length > 0)
        {
            // A browser refuses it too (WHATWG URL, WebSocket): nobody sees it go, and it lies in logs.
            if (url.UserInfo.Length > 0)
                faults.Add($"{what} has a user or a password before its host, which a WebSocket does not send. Leave it out, and give --header \"Authorization: Basic ...\" (base64 of user:password) or --token.");
            return url;
        }

        var hint = text.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? $" Did you mean ws{text[4..]}?" : " Write ws://HOST:PORT/PATH or wss://HOST/PATH.";
        faults.Add($"{what} is \"{text}\", which is no WebSocket URL.{hint}");
        return Nowhere;
    }

    private List<KeyValuePair<string, string>> Headers(ParseResult parse, List<string> faults)
    {
        var list = new List<KeyValuePair<string, string>>();
        foreach (var text in parse.GetValue(_headers) ?? [])
        {
            var (name, value) = text.Split(':', 2, StringSplitOptions.TrimEntries) is [var before, var after] ? (before, after) : ("", "");
            if (name.Length == 0)
                faults.Add("--header has no name. Write \"Name: value\".");
            else if (UpgradeFields.FaultOf(name, value) is { } fault)
                faults.Add($"--header: {fault}.");
            else
                list.Add(KeyValuePair.Create(name, value));
        }

        return list;
    }

    private string[] Subprotocols(ParseResult parse, List<string> faults)
    {
        var all = parse.GetValue(_subprotocols) ?? [];
        faults.AddRange(all.Where(s => !HttpSyntax.IsToken(s)).Select(s => $"--subprotocol is \"{s}\", which has a character that no subprotocol may have."));
        return all;
    }

    private string[] Tokens(ParseResult parse, IReadOnlyList<string> tokens, List<string> faults)
    {
        string[] all = tokens.Count > 0 ? [.. tokens] : parse.GetValue(_token) is { Length: > 0 } one and not "-" ? [one] : [];
        if (!all.All(t => HttpSyntax.IsValue(t)))
            faults.Add("A token has a character that no header may have.");
        return all;
    }

    private string[] Sources(ParseResult parse, List<string> faults)
    {
        var all = (parse.GetValue(_sources) ?? []).SelectMany(s => s.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
        faults.AddRange(all.Where(a => !IPAddress.TryParse(a, out _)).Select(a => $"--source-ip is \"{a}\", which is no IP address."));
        faults.AddRange(all.Where(a => IPAddress.TryParse(a, out var ip) && !LoopbackSources.IsOurs(ip)).Select(a => $"--source-ip is \"{a}\", which is no address of this machine. `ip address` shows those that are."));
        return all;
    }

    private double? RateOfInterval(ParseResult parse, List<string> faults)
    {
        if (parse.GetValue(_interval) is not { } text)
            return null;
        if (parse.GetValue(_rate) is not null)
            faults.Add("--rate and --message-interval say the same thing twice. Give one of them.");
        var interval = Duration(text, "--message-interval", TimeSpan.FromMilliseconds(1), faults);
        return interval > TimeSpan.Zero ? 1 / interval.TotalSeconds : null;
    }

    private static double? Rate(ParseResult parse, Option<string?> option, List<string> faults)
    {
        if (parse.GetValue(option) is not { } text)
            return null;
        if (AmountText.TryRate(text, out var perSecond) && perSecond <= 1_000_000)
            return perSecond;
        faults.Add($"{option.Name} is \"{text}\". Write a rate, for example 100/s, 0.1/s or 30/m.");
        return null;
    }

    private static int Count(string text, string option, int most, List<string> faults)
    {
        if (AmountText.TryCount(text, out var count) && count >= 1 && count <= most)
            return count;
        faults.Add($"{option} is \"{text}\". Write a whole number from 1 to {most}, also as 12k.");
        return 1;
    }

    private static TimeSpan Duration(string text, string option, TimeSpan least, List<string> faults)
    {
        if (AmountText.TryDuration(text, out var duration) && duration >= least && duration <= TimeSpan.FromDays(30))
            return duration;
        faults.Add($"{option} is \"{text}\". Write a time with its unit, for example 500ms, 60s or 5m.");
        return TimeSpan.FromSeconds(1);
    }

    private static LoadMode ModeOf(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        foreach (var mode in Enum.GetValues<LoadMode>())
            if (NameOf(mode) == text)
                return mode;
        result.AddError($"--mode is \"{text}\". Known: {string.Join(", ", Enum.GetValues<LoadMode>().Select(NameOf))}.");
        return default;
    }

    private static string NameOf(LoadMode mode) => mode == LoadMode.SlowReader ? "slow-reader" : mode.ToString().ToLowerInvariant();

    private static Option<string?> Text(string name, string helpName, string description, params string[] aliases) => new(name, aliases) { Description = description, HelpName = helpName };

    private static Option<string> Given(string name, string helpName, string description, string standard, string? alias = null) =>
        new(name, alias is null ? [] : [alias]) { Description = description, HelpName = helpName, DefaultValueFactory = _ => standard };
}
