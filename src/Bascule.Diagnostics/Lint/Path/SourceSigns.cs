using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>What in sources shows that WebSockets are served or used there.</summary>
internal static class SourceSigns
{
    internal static readonly Regex NodeServer = SourceText.Pattern(@"(WebSocketServer|WebSocket\.Server|require\([""'](ws|socket\.io|express-ws|uWebSockets\.js)[""']\)|from [""'](ws|socket\.io)[""']|@WebSocketGateway|fastify-websocket|@fastify/websocket)");
    internal static readonly Regex UseWebSockets = SourceText.Pattern(@"\.UseWebSockets\(");
    internal static readonly Regex BrowserClient = SourceText.Pattern(@"(new WebSocket\(|new ReconnectingWebSocket\(|useWebSocket\(|socket\.io-client|HubConnectionBuilder)");

    private static readonly (string Language, Regex Sign, string What)[] Servers =
    [
        ("js", NodeServer, "a WebSocket server library"),
        ("go", SourceText.Pattern(@"(gorilla/websocket|coder/websocket|nhooyr\.io/websocket|gobwas/ws|websocket\.Upgrader|websocket\.Accept\()"), "a WebSocket library of Go"),
        ("py", SourceText.Pattern(@"(import websockets|from websockets|\.websocket\(|WebSocketEndpoint|AsyncWebsocketConsumer|WebsocketConsumer|flask_socketio|from fastapi import [^\n]*WebSocket)"), "a WebSocket route of Python"),
        ("cs", SourceText.Pattern(@"(UseWebSockets\(|MapHub<|AcceptWebSocketAsync)"), "a WebSocket endpoint of ASP.NET Core"),
        ("java", SourceText.Pattern(@"(@ServerEndpoint|WebSocketHandler|EnableWebSocket)"), "a WebSocket endpoint of Java"),
        ("rb", SourceText.Pattern(@"(ActionCable|faye/websocket)"), "Action Cable"),
    ];

    /// <summary>Sources of pages that open WebSockets.</summary>
    internal static IReadOnlyList<LintFile> Pages(Deployment deployment) => deployment.Once(static d => (IReadOnlyList<LintFile>)[.. d.Sources.Where(f => BrowserClient.IsMatch(f.Text))]);

    /// <summary>Whether sources of a WebSocket server are among the files.</summary>
    internal static bool HasServer(Deployment deployment) => deployment.Once(static d => d.Sources.Any(f => Server(f) is not null));

    /// <summary>Why a source is said to serve WebSockets; null where it does not.</summary>
    internal static (string What, Place Place)? Server(LintFile file)
    {
        var language = SourceText.Language(file.Path);
        foreach (var (_, sign, what) in Servers.Where(s => s.Language == language))
        {
            if (sign.Match(file.Text) is { Success: true } match)
                return (what, file.PlaceOf(match.Index));
        }

        return null;
    }
}
