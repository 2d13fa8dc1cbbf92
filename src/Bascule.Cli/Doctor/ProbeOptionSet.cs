using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Bascule.Diagnostics;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>The options of <c>bascule probe</c>, read and checked.</summary>
internal sealed partial class ProbeOptionSet
{
    private const int MostHandshakes = 2000;
    private const int MatchMilliseconds = 1000;

    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(24);

    private readonly Argument<string> _url = new("URL") { Description = "ws, wss, http or https." };
    private readonly Option<string?> _origin = new("--origin") { Description = "The origin of the page that connects. Without it: a page of the same host." };
    private readonly Option<string?> _token = new("--token") { Description = "Sent as Authorization: Bearer; where that is refused, tried in the query too. Never shown." };
    private readonly Option<string[]> _header = new("--header") { Description = "Sent with every request: 'Name: value'. Repeatable." };
    private readonly Option<string[]> _subprotocol = new("--subprotocol") { Description = "Offered, in this order. Repeatable." };
    private readonly Option<string?> _idle = new("--idle") { Description = "Silences to try, all at the same time: 30,60,120 or 5m. It takes as long as the longest.", HelpName = "TIMES" };
    private readonly Option<int?> _handshakes = new("--handshakes") { Description = "So many handshakes at once at the end: finds rate limits and what fails only in part.", HelpName = "N" };
    private readonly Option<string?> _direct = new("--direct") { Description = "The same service without what stands before it: both are probed, and the guilty side is named.", HelpName = "URL" };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "What is wrong with a certificate is told, but is no fault." };
    private readonly Option<string?> _authority = new("--ca") { Description = "Trust these certificate authorities (PEM) instead of the system's.", HelpName = "FILE" };
    private readonly Option<string> _timeout = new("--timeout") { Description = "How long a single answer may take, up to 10m. A number without a unit is seconds.", HelpName = "TIME", DefaultValueFactory = _ => DurationText.Format(PeerClock.DefaultStepLimit) };
    private readonly Option<string?> _expect = new("--expect") { Description = $"For CI: what must be so; the exit code then tells that alone. {ProbeExpectation.Known}.", HelpName = "LIST" };

    internal ProbeTarget? Target { get; private set; }

    internal ProbeOptions? Options { get; private set; }

    internal IReadOnlyList<ProbeExpectation> Expectations { get; private set; } = [];

    internal void AddTo(Command command)
    {
        command.Add(_url);
        AddOptionsTo(command);
        command.Add(_expect);
    }

    /// <summary>For a command that has URLs of its own.</summary>
    internal void AddOptionsTo(Command command)
    {
        foreach (var option in OfProbe)
            command.Add(option);
    }

    /// <returns>The name of an option of the probe that the command line has; null where it has none.</returns>
    internal string? Given(ParseResult parse) => OfProbe.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false })?.Name;

    private Option[] OfProbe => [_origin, _token, _header, _subprotocol, _idle, _handshakes, _direct, _insecure, _authority, _timeout];

    /// <returns>Null, or what is wrong with the command line.</returns>
    internal string? Read(ParseResult parse, Surroundings surroundings)
    {
        if (parse.GetValue(_expect) is { } expect)
        {
            if (ProbeExpectation.Read(expect, out var expectations) is { } unknown)
                return $"--expect: {unknown}";
            Expectations = expectations;
        }

        return Read(parse, surroundings, parse.GetRequiredValue(_url));
    }

    /// <returns>Null, or what is wrong with the command line.</returns>
    internal string? Read(ParseResult parse, Surroundings surroundings, string target)
    {
        if (!AmountText.TryTime(parse.GetRequiredValue(_timeout), LongestStep, out var patience))
            return $"--timeout is \"{parse.GetValue(_timeout)}\". Write a time above 0 and up to 10m: 500ms, 5s, or a number of seconds.";
        if (ReadIdle(parse.GetValue(_idle), out var idle) is { } wrongIdle)
            return wrongIdle;
        if (parse.GetValue(_handshakes) is < 1 or > MostHandshakes)
            return $"--handshakes is {parse.GetValue(_handshakes)}. Set 1 to {MostHandshakes}; bascule load does more.";
        if (ReadTarget(parse, surroundings, target) is { } fault)
            return fault;
        ProbeTarget? direct = null;
        if (parse.GetValue(_direct) is { } second)
        {
            if (ReadUrl(second, out var url) is { } wrong)
                return $"--direct: {wrong}";
            // The page's origin stays; that of the host itself would be another one there.
            direct = Target! with { Url = url!, Origin = Target.Origin ?? Target.OwnOrigin };
        }

        Options = new ProbeOptions(new PeerClock(TimeProvider.System, patience)) { Environment = surroundings.Environment, Idle = idle, Handshakes = parse.GetValue(_handshakes) ?? 0, Direct = direct };
        return null;
    }

    private string? ReadTarget(ParseResult parse, Surroundings surroundings, string target)
    {
        if (ReadUrl(target, out var url) is { } wrong)
            return wrong;
        List<KeyValuePair<string, string>> headers = [];
        foreach (var header in parse.GetValue(_header) ?? [])
        {
            var colon = header.IndexOf(':');
            if (colon <= 0 || header.AsSpan().ContainsAny('\r', '\n'))
                return "--header takes 'Name: value'.";
            if (OwnField(header[..colon].Trim()) is { } own)
                return own;
            headers.Add(new(header[..colon].Trim(), header[(colon + 1)..].Trim()));
        }

        if (new[] { parse.GetValue(_origin), parse.GetValue(_token) }.Concat(parse.GetValue(_subprotocol) ?? []).Any(v => v is not null && (v.Length == 0 || v.AsSpan().ContainsAny('\r', '\n'))))
            return "--origin, --token and --subprotocol take one line of text that is not empty.";
        if (parse.GetValue(_origin) is { } origin && origin != "null" && !Origin().IsMatch(origin))
            return $"--origin is {ProbeTarget.ShownText(origin)}. An origin is a scheme, a host and perhaps a port, without a path: https://app.example.com";
        if (parse.GetValue(_subprotocol)?.FirstOrDefault(s => !HttpSyntax.IsToken(s)) is { } broken)
            return $"--subprotocol is \"{broken}\". A subprotocol is one word of letters, digits and !#$%&'*+-.^_`|~ (RFC 6455 §4.1); repeat the option for several.";
        X509Certificate2Collection? authorities = null;
        if (parse.GetValue(_authority) is { } file && ReadAuthorities(Path.Combine(surroundings.WorkingDirectory, file), out authorities) is { } unreadable)
            return unreadable;
        Target = new ProbeTarget(url!)
        {
            Origin = parse.GetValue(_origin), Token = parse.GetValue(_token), Headers = headers, Subprotocols = parse.GetValue(_subprotocol) ?? [], AnyCertificate = parse.GetValue(_insecure), Authorities = authorities,
        };
        return null;
    }

    /// <summary>Fields that are the handshake itself: another value would make the probe talk about something else.</summary>
    private static string? OwnField(string name) => name.ToUpperInvariant() switch
    {
        "SEC-WEBSOCKET-PROTOCOL" => "--header cannot set Sec-WebSocket-Protocol. Take --subprotocol.",
        "CONNECTION" or "UPGRADE" or "SEC-WEBSOCKET-KEY" or "SEC-WEBSOCKET-VERSION" or "SEC-WEBSOCKET-EXTENSIONS" or "SEC-WEBSOCKET-ACCEPT" => $"--header cannot set {name}: the probe sends it as a browser does. Leave it out.",
        _ => null,
    };

    private static string? ReadUrl(string text, out Uri? url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || url.Scheme is not ("ws" or "wss" or "http" or "https") || url.Host.Length == 0)
            return $"{ProbeTarget.ShownText(text)} is no URL with ws, wss, http or https.";
        return BrokenEscape().IsMatch(url.OriginalString.Split('#')[0]) ? $"{ProbeTarget.ShownUrl(url)} has a % without two hexadecimal digits after it. Write %25 for the sign itself." : null;
    }

    private static string? ReadAuthorities(string file, out X509Certificate2Collection? authorities)
    {
        authorities = [];
        try
        {
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? null : $"--ca: {file} holds no certificate in PEM.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"--ca: {file} cannot be read: {e.Message}";
        }
    }

    private static string? ReadIdle(string? text, out IReadOnlyList<TimeSpan> idle)
    {
        List<TimeSpan> read = [];
        idle = read;
        foreach (var part in text?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            if (!AmountText.TryTime(part, LongestSilence, out var time))
                return $"--idle: \"{part}\" is no time above 0 and up to 24h. Write 30,60,120 or 5m,15m.";
            read.Add(time);
        }

        return null;
    }

    [GeneratedRegex("^[a-z][a-z0-9+.-]*://[^/?#@\\\\\\s]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Origin();

    [GeneratedRegex("%(?![0-9a-f]{2})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex BrokenEscape();
}
