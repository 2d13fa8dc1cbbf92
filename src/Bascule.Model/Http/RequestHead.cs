namespace Bascule.Model;

/// <summary>How a request for a WebSocket, or an ordinary request, was spoken.</summary>
public enum HttpKind
{
    Http10,
    Http11,
    Http2,
}

/// <summary>The head of a request as it arrived: nothing decoded, nothing trusted yet.</summary>
public sealed record RequestHead
{
    public required HttpKind Kind { get; init; }

    /// <summary>As sent: <c>GET</c>, or <c>CONNECT</c> with HTTP/2.</summary>
    public required string Method { get; init; }

    /// <summary><c>http</c> or <c>https</c>: whether this listener took the connection with TLS.</summary>
    public required string Scheme { get; init; }

    /// <summary>The <c>Host</c> field or <c>:authority</c>, port included; empty when missing.</summary>
    public required string Host { get; init; }

    /// <summary>The path as sent, percent-encoded, starting with <c>/</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The query as sent, with its <c>?</c>, or empty.</summary>
    public string Query { get; init; } = "";

    public required HeaderList Headers { get; init; }

    /// <summary>HTTP/2's <c>:protocol</c> (RFC 8441 §4), else null.</summary>
    public string? ConnectProtocol { get; init; }
}
