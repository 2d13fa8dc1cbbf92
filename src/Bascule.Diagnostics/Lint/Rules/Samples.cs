namespace Bascule.Diagnostics;

/// <summary>Files that many examples share: something that carries WebSockets, and with or without a heartbeat.</summary>
internal static class Samples
{
    /// <summary>A server that never pings.</summary>
    internal static readonly (string Path, string Text) Quiet = ("server.js", "const wss = new WebSocketServer({ port: 8080 });\nwss.on('connection', s => s.send('hi'));\n");

    /// <summary>A server that pings every 20 s.</summary>
    internal static readonly (string Path, string Text) Pinging = Ping(20);

    internal static (string Path, string Text) Ping(int seconds) =>
        ("server.js", $"const wss = new WebSocketServer({{ port: 8080 }});\nsetInterval(() => wss.clients.forEach(s => s.ping()), {seconds * 1000});\n");
}
