using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>What a proxy said to CONNECT.</summary>
/// <param name="Head">Null when no answer could be read.</param>
/// <param name="Why">In words.</param>
internal sealed record TunnelAnswer(ResponseHead? Head, string Why)
{
    internal bool IsOpen => Head?.Status is >= 200 and < 300;

    internal int Status => Head?.Status ?? 0;

    internal string Field(string name) => Head?.Headers.Joined(name) ?? "";
}

/// <summary>Asks a proxy for a tunnel (RFC 9110 §9.3.6).</summary>
internal static class ProxyTunnel
{
    private const int MostBytes = 16 * 1024;

    /// <param name="stream">A fresh connection to the proxy; after a good answer it is one to the target, and nothing of the target was read.</param>
    /// <exception cref="IOException">The connection broke.</exception>
    internal static async Task<TunnelAnswer> OpenAsync(Stream stream, EnvironmentProxy proxy, Uri url, CancellationToken cancellation)
    {
        var authority = $"{(url.IdnHost.Contains(':') ? $"[{url.IdnHost.Trim('[', ']')}]" : url.IdnHost)}:{url.Port}";
        var authorization = proxy.Authorization is { } value ? $"Proxy-Authorization: {value}\r\n" : "";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: bascule-probe\r\n{authorization}\r\n"), cancellation);
        var read = new List<byte>(256);
        var one = new byte[1];
        // Byte by byte: what follows the head belongs to the target.
        while (read.Count < MostBytes && !EndsHead(read))
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
                return new TunnelAnswer(null, read.Count == 0 ? "it ends the connection without an answer" : "it ends the connection in the middle of its answer");
            read.Add(one[0]);
            if (read.Count == 4 && !read.SequenceEqual("HTTP"u8.ToArray()))
                return new TunnelAnswer(null, "what answers is no HTTP proxy");
        }

        return ResponseHeadParser.TryParse(read.ToArray(), MostBytes, out var head, out _) == HeadRead.Complete && head is not null
            ? new TunnelAnswer(head, $"it answers {head.Status}{(head.Headers.Joined("Server") is { Length: > 0 } server ? $" (server: {server})" : "")}")
            : new TunnelAnswer(null, "its answer cannot be read");
    }

    private static bool EndsHead(List<byte> read) => read.Count >= 4 && read[^1] == '\n' && read[^2] == '\r' && read[^3] == '\n' && read[^4] == '\r';
}
