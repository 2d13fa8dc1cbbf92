using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule topic subscribe</c>: what comes, a line each.</summary>
internal sealed class TopicSubscribe(Surroundings surroundings)
{
    private readonly Argument<string> _url = new("URL") { Description = "The route: ws://, wss://, http:// or https://." };
    private readonly Argument<string[]> _topics = new("TOPIC") { Description = "Topics, and patterns such as 'prices.*'. With --plain there may be none: then all that may be read.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _cursor = new("--cursor") { Description = "Go on behind this place: what came since is printed first. For one topic.", HelpName = "CURSOR" };
    private readonly Option<long?> _count = new("--count", "-n") { Description = "End after so many messages.", HelpName = "N" };
    private readonly Option<bool> _plain = new("--plain") { Description = "Without bascule.v1, as a client that knows nothing of it: what comes while the connection is away is lost." };
    private readonly Option<string?> _token = new("--token") { Description = "The token of the user, or `-` to read it from standard input.", HelpName = "TOKEN" };
    private readonly JsonOption _json = new("of each message in a line: { type, topic, cursor, key, sub, data | data64 }; with --plain { data | data64 }");

    internal ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "subscribe",
            "Print the messages of topics, a line each, until it is interrupted. A lost connection is made again, and what was missed is printed. Gaps and troubles go to the standard error.",
            "bascule topic subscribe ws://127.0.0.1:8666/ws news 'prices.*'",
            "bascule token issue --subject alice | bascule topic subscribe wss://gateway.example/ws news --token - --count 10 --json",
            "bascule topic subscribe ws://127.0.0.1:8666/ws news --cursor AQIDBA")
        {
            _url, _topics, _cursor, _count, _plain, _token, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        var topics = (parse.GetValue(_topics) ?? []).Distinct(StringComparer.Ordinal).ToArray();
        var isPlain = parse.GetValue(_plain);
        if (Address(parse.GetRequiredValue(_url)) is not { } url)
            return Refuse($"URL is \"{parse.GetValue(_url)}\", which is no address of a route. Write ws://HOST:PORT/PATH or wss://HOST/PATH");
        if (topics.FirstOrDefault(t => TopicText.PatternFault(t) is not null) is { } odd)
            return Refuse($"TOPIC is \"{odd}\", which {TopicText.PatternFault(odd)}");
        if (topics.Length == 0 && !isPlain)
            return Refuse("name a topic, or a pattern such as 'prices.*'");
        if (parse.GetValue(_cursor) is not null && (isPlain || topics.Length != 1))
            return Refuse(isPlain ? "--cursor needs bascule.v1, which --plain goes without" : "--cursor goes with one topic");
        if (parse.GetValue(_count) <= 0)
            return Refuse("--count is at least 1");
        var token = parse.GetValue(_token) == "-" ? await surroundings.Input.ReadToEndAsync(interruption) : parse.GetValue(_token);
        var plan = new ReadPlan(url, topics, isPlain) { Cursor = parse.GetValue(_cursor), Count = parse.GetValue(_count), Token = token?.Trim() };
        var printer = new MessagePrinter(surroundings.Output, parse.GetValue(_json), plan.Count);
        return await new TopicReader(plan, printer, surroundings.Output, TimeProvider.System).RunAsync(interruption);
    }

    private static Uri? Address(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || url.Scheme is not ("ws" or "wss" or "http" or "https"))
            return null;
        return new UriBuilder(url) { Scheme = url.Scheme is "https" or "wss" ? "wss" : "ws", Port = url.Port, Fragment = "" }.Uri;
    }

    private int Refuse(string fault)
    {
        surroundings.Output.ErrorLine($"bascule topic subscribe: {fault}.");
        return ExitCodes.Usage;
    }
}
