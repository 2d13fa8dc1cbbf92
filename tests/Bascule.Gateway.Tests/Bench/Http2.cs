using System.Net;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Requests over HTTP/2 with TLS.</summary>
internal static class Http2
{
    internal static HttpMessageInvoker Client() => new(TestCertificate.Trusting());

    /// <summary>Asks for a protocol by an extended CONNECT (RFC 8441), and reads a refusal.</summary>
    internal static async Task<WireAnswer> ConnectAsync(HttpMessageInvoker client, Uri url, string protocol, string version = "13")
    {
        using var request = new HttpRequestMessage(HttpMethod.Connect, url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Protocol = protocol;
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", version);
        using var answer = await client.SendAsync(request, CancellationToken.None).Soon();
        var fields = answer.Headers.Concat(answer.Content.Headers).SelectMany(h => h.Value.Select(v => KeyValuePair.Create(h.Key, v)));
        return new WireAnswer(new MessageHead($"HTTP/2 {(int)answer.StatusCode}", [.. fields]), await answer.Content.ReadAsStringAsync().Soon());
    }
}
