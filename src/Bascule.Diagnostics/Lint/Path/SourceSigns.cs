using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>What in sources shows that WebSockets are served or used there.</summary>
internal static class SourceSigns
{
    internal static readonly Regex NodeServer = SourceText.Pattern(@"(WebSocketServer|WebSocket\.Server|require\([""'](ws|socket\.io|express-ws|uWebSockets\.js|sockjs|@hocuspocus/server)[""']\)|from [""'](ws|socket\.io|express-ws|sockjs|@hocuspocus/server)[""']|@WebSocketGateway|fastify-websocket|@fastify/websocket)");
    internal static readonly Regex UseWebSockets = SourceText.Pattern(@"\.UseWebSockets\(");
    internal static readonly Regex BrowserClient = SourceText.Pattern(@"(new WebSocket\(|new ReconnectingWebSocket\(|useWebSocket\(|socket\.io-client|HubConnectionBuilder)");

    private static readonly (string Language, Regex Sign, string What)[] Servers =
    [
        ("js", NodeServer, "a WebSocket server library"),
        ("go", SourceText.Pattern(@"(gorilla/websocket|coder/websocket|nhooyr\.io/websocket|gobwas/ws|websocket\.Upgrader|websocket\.Accept\()"), "a WebSocket library of Go"),
        ("py", SourceText.Pattern(@"(import websockets|from websockets|\.websocket\(|WebSocketEndpoint|WebSocketResponse\(|tornado\.websocket|ProtocolTypeRouter|AsyncWebsocketConsumer|WebsocketConsumer|flask_socketio|from fastapi import [^\n]*WebSocket)"), "a WebSocket route of Python"),
        ("cs", SourceText.Pattern(@"(UseWebSockets\(|MapHub<|AcceptWebSocketAsync)"), "a WebSocket endpoint of ASP.NET Core"),
        ("java", SourceText.Pattern(@"(@ServerEndpoint|WebSocketHandler|EnableWebSocket)"), "a WebSocket endpoint of Java"),
        ("rb", SourceText.Pattern(@"(ActionCable|ApplicationCable|faye/websocket)"), "Action Cable"),
        ("ex", SourceText.Pattern(@"(?m)^\s*socket[ (]\s*""/"), "a socket of Phoenix"),
    ];

    /// <summary>What a package list of JavaScript or PHP asks for; those that only developers need left out.</summary>
    internal static IEnumerable<ConfigNode> Packages(LintFile file) => file.Root?[file.Name == "composer.json" ? "require" : "dependencies"]?.Children ?? [];

    /// <summary>Whether a server's sources, or its package list, are among the files.</summary>
    internal static bool HasServerOrPackage(Deployment deployment) =>
        HasServer(deployment) || deployment.Files.Any(f => f.Kind == FileKind.Manifest && Packages(f).Any(p => IsServerPackage(p.Key)));

    /// <summary>Packages that are there to serve WebSockets.</summary>
    internal static bool IsServerPackage(string name) => name is "ws" or "socket.io" or "express-ws" or "@fastify/websocket" or "@nestjs/websockets" or "graphql-ws" or "uWebSockets.js" or "sockjs" or "@hocuspocus/server" or "laravel/reverb" or "cboden/ratchet";

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
