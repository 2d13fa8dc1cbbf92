using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Servers that send something to quiet clients without being told to, or when an option of their own says so.</summary>
internal static class BuiltInPings
{
    /// <summary>A server that pings by itself.</summary>
    /// <param name="Sign">What shows it in a source.</param>
    /// <param name="Option">Its own option, with the group <c>value</c> where a number is written; null: it has none that is read here. Where it stands, the default does not hold.</param>
    /// <param name="Unit">Seconds of one of its numbers.</param>
    private sealed record Server(string Language, Regex Sign, double Seconds, string Name, Regex? Option = null, double Unit = 1);

    private static readonly Regex GraphQlWs = SourceText.Pattern(@"[""']graphql-ws/(lib/)?use/ws[""']");

    private static readonly Server[] Servers =
    [
        new("js", SourceText.Pattern(@"(require\([""']socket\.io[""']\)|from [""']socket\.io[""'])"), 25, "socket.io"),
        new("cs", SourceText.Pattern(@"(AddSignalR|MapHub<)"), 15, "SignalR"),
        new("py", SourceText.Pattern(@"(?m)(^\s*import websockets|from websockets|websockets\.serve)"), 20, "websockets", SourceText.Pattern(@"\bping_interval\s*=\s*(None|[0-9])")),

        // Rails: actioncable/lib/action_cable/server/connections.rb, setup_heartbeat_timer: "a 3 second heartbeat runs on all connections".
        new("rb", SourceText.Pattern(@"(ActionCable|ApplicationCable)"), 3, "Action Cable"),

        // graphql-ws 5 and 6: use/ws, third argument keepAlive, "@default 12_000 // 12 seconds"; 0 or Infinity switches it off.
        new("js", GraphQlWs, 12, "graphql-ws", SourceText.Pattern(@"\buseServer\([^;]{1,400}?,\s*\w+\s*,\s*((?<value>0|[0-9][0-9_]{3,}|[0-9]+(\s*\*\s*[0-9_]+)+)|Infinity)\s*\)"), 0.001),

        // sockjs-node, README and src/sockjs: heartbeat_delay, 25000 ms.
        new("js", SourceText.Pattern(@"(require\([""']sockjs[""']\)|from [""']sockjs[""'])"), 25, "SockJS", SourceText.Pattern(@"\bheartbeat_delay\s*:\s*((?<value>[0-9][0-9_]*(\s*\*\s*[0-9_]+)*)|\w)"), 0.001),

        // tiptap.dev/hocuspocus/guide/configuration: timeout, "A connection healthcheck interval in milliseconds", 30000.
        new("js", SourceText.Pattern(@"(require\([""']@hocuspocus/server[""']\)|from [""']@hocuspocus/server[""'])"), 30, "hocuspocus", SourceText.Pattern(@"\btimeout\s*:\s*((?<value>[0-9][0-9_]*(\s*\*\s*[0-9_]+)*)|\w)"), 0.001),
    ];

    /// <summary>aiohttp pings only when told to: aiohttp/web_ws.py, <c>heartbeat: Optional[float] = None</c>, in seconds.</summary>
    private static readonly Regex Aiohttp = SourceText.Pattern(@"(?s)\bWebSocketResponse\([^()]{0,400}?\bheartbeat\s*=\s*(?<value>[0-9]+(\.[0-9]+)?|[A-Za-z_]\w*)");

    private static readonly Regex Daphne = SourceText.Pattern(@"[""']daphne[""']");
    private static readonly Regex AsgiServer = SourceText.Pattern(@"\b(daphne|uvicorn|hypercorn|UvicornWorker)\b");
    private static readonly Regex DaphneInterval = SourceText.Pattern(@"--ping-interval[= ](?<value>[0-9]+)");

    /// <summary>Whether a source gives its sockets to graphql-ws, which pings them.</summary>
    internal static bool IsGraphQlWs(LintFile file) => GraphQlWs.IsMatch(file.Text);

    internal static IEnumerable<Heartbeat> OfSource(LintFile file, string language)
    {
        foreach (var server in Servers.Where(s => s.Language == language))
        {
            if (server.Sign.Match(file.Text) is not { Success: true } sign || SourceText.IsComment(file.Text, sign.Index))
                continue;
            if (server.Option?.Match(file.Text) is not { Success: true } option)
                yield return new Heartbeat(server.Seconds, file.PlaceOf(sign.Index), true, $"{server.Name} pings every {TimeText.Show(server.Seconds)} s by itself");
            else if (option.Groups["value"] is { Success: true } value)
                yield return new Heartbeat(Heartbeat.Product(value.Value) * server.Unit, file.PlaceOf(value.Index), true, server.Name);
        }

        if (language == "py" && Aiohttp.Match(file.Text) is { Success: true } told && Seconds(told.Groups["value"].Value, file.Text) is { } seconds)
            yield return new Heartbeat(seconds, file.PlaceOf(told.Groups["value"].Index), true, "heartbeat of WebSocketResponse");
    }

    /// <summary>Daphne in the settings of Django, where no command names another server: daphne/cli.py, --ping-interval, 20 s.</summary>
    internal static IEnumerable<Heartbeat> OfDaphne(Deployment deployment) =>
        deployment.Containers.Any(c => AsgiServer.IsMatch(c.Command)) ? [] :
            from file in deployment.Sources
            where SourceText.Language(file.Path) == "py"
            let named = Daphne.Match(file.Text)
            where named.Success && !SourceText.IsComment(file.Text, named.Index)
            select new Heartbeat(20, file.PlaceOf(named.Index), true, "Daphne pings every 20 s by itself");

    internal static Heartbeat? OfContainer(RunContainer container)
    {
        if (container.Command.Contains("uvicorn", StringComparison.Ordinal) && !container.Command.Contains("--ws-ping-interval", StringComparison.Ordinal))
            return new Heartbeat(20, container.Place, true, "uvicorn pings every 20 s by itself");
        if (container.Command.Contains("daphne ", StringComparison.Ordinal))
        {
            return DaphneInterval.Match(container.Command) is { Success: true } told
                ? new Heartbeat(Heartbeat.Product(told.Groups["value"].Value), container.Place, true, "--ping-interval of Daphne")
                : new Heartbeat(20, container.Place, true, "Daphne pings every 20 s by itself");
        }

        return UnitReader.NameOf(container.Image) switch
        {
            // Centrifugo, internal/configtypes: ping_interval, default 25s; its variables are read as all others are.
            "centrifugo" when !container.Environment.Any(v => v.Key.EndsWith("PING_INTERVAL", StringComparison.Ordinal)) => new Heartbeat(25, container.Place, true, "Centrifugo pings every 25 s by itself"),
            _ => container.Image.Contains("bascule", StringComparison.Ordinal) ? new Heartbeat(25, container.Place, true, "bascule pings every 25 s by itself") : null,
        };
    }

    /// <summary>A number, or the name of one that the same file gives a value to.</summary>
    private static double? Seconds(string value, string text) =>
        TimeText.Number(value) ?? (SourceText.Pattern($@"(?m)^\s*{value}\s*(:[^=\n]+)?=\s*(?<value>[0-9]+(\.[0-9]+)?)").Match(text) is { Success: true } assigned ? TimeText.Number(assigned.Groups["value"].Value) : null);
}
