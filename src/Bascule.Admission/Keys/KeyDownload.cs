using System.Net;

namespace Bascule.Admission;

/// <summary>Gets a JWK set by HTTP, within bounds.</summary>
internal static class KeyDownload
{
    // Real sets have 1 to 20 KiB; this is room for any, and no more than that.
    private const int LargestBodyBytes = 1 << 20;

    /// <returns>The keys, or in words why there are none.</returns>
    internal static async Task<(KeysRead? Keys, string? Failure)> GetAsync(HttpClient http, Uri url, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Accept.ParseAdd("application/jwk-set+json, application/json");

            // Headers first, so that the body is not read beyond the bound.
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.StatusCode != HttpStatusCode.OK)
                return (null, $"it answered {(int)response.StatusCode}");
            var body = await ReadAsync(response.Content, cancellation);
            if (body is null)
                return (null, $"its answer has more than {LargestBodyBytes} bytes");
            var read = JwkReader.Read(body, null, symmetricToo: false);
            return IsBroken(read) ? (null, read.Refused[0]) : (read, null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }

    // A fault and no key: a page that is no JWK set, or nothing of use in it. An empty set is an answer: the issuer has withdrawn its keys.
    private static bool IsBroken(KeysRead read) => read.Keys.Count == 0 && read.Refused.Count > 0;

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        var stream = await content.ReadAsStreamAsync(cancellation);
        await using (stream)
        {
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int count; (count = await stream.ReadAsync(buffer, cancellation)) > 0;)
            {
                body.Write(buffer, 0, count);
                if (body.Length > LargestBodyBytes)
                    return null;
            }

            return body.ToArray();
        }
    }
}
