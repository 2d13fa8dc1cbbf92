using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>The good request and the good answer that tests change in one place.</summary>
internal static class Heads
{
    // The example of RFC 6455 §1.3.
    internal const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    internal const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /// <summary>A request over HTTP/1.1. A changed value replaces the field; null removes it; a line break repeats it.</summary>
    internal static RequestHead Upgrade(string method = "GET", HttpKind kind = HttpKind.Http11, params (string Name, string? Value)[] changes)
    {
        var headers = Fields(
            [("Host", "example.org"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", Key)],
            changes);
        return new RequestHead { Kind = kind, Method = method, Scheme = "http", Host = headers.First("Host") ?? "", Path = "/chat", Headers = headers };
    }

    /// <summary>A request over HTTP/2.</summary>
    internal static RequestHead Connect(
        string method = "CONNECT", string? protocol = "websocket", string host = "example.org", params (string Name, string? Value)[] changes) => new()
        {
            Kind = HttpKind.Http2,
            Method = method,
            Scheme = "https",
            Host = host,
            Path = "/chat",
            ConnectProtocol = protocol,
            Headers = Fields([("Sec-WebSocket-Version", "13")], changes),
        };

    /// <summary>A valid 101 for <see cref="Key"/>, changed like <see cref="Upgrade"/>.</summary>
    internal static ResponseHead Switching(params (string Name, string? Value)[] changes) => new(101, "Switching Protocols", HttpKind.Http11,
        Fields([("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", Accept)], changes));

    internal static HeaderList Fields((string Name, string? Value)[] good, params (string Name, string? Value)[] changes)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in good.Where(g => changes.All(c => c.Name != g.Name)).Concat(changes))
        {
            foreach (var line in value?.Split('\n') ?? [])
                headers.Add(name, line);
        }

        return headers;
    }
}
