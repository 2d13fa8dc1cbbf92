using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>What a probe sends and nobody else may read, in every form in which a server may repeat it.</summary>
internal static class SentSecrets
{
    // A shorter one stands in half of all texts, and hiding it there would hide the report.
    private const int Shortest = 4;

    private static readonly string[] HarmlessStarts = ["Accept", "Content-", "Sec-Fetch-", "X-Forwarded-"];

    /// <summary>Fields whose values are those of the protocol, or the address of somebody.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "Origin", "Host", "User-Agent", "Connection", "Upgrade", "Cache-Control", "Pragma", "Forwarded", "Via", "X-Real-IP", "X-Requested-With", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
    };

    /// <summary>The longest first: one may be a part of another.</summary>
    internal static IEnumerable<string> Of(ProbeTarget target) =>
        ((string?[])[target.Token, .. QueryOf(target.Url), .. target.Subprotocols.Where(IsTokenByShape), .. target.Headers.SelectMany(h => OfHeader(h.Key, h.Value))])
            .OfType<string>().SelectMany(Forms).Where(s => s.Length >= Shortest).Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length);

    private static IEnumerable<string> QueryOf(Uri url) => url.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=') + 1)..])
        .SelectMany(raw => (string[])[raw, Uri.UnescapeDataString(raw), Uri.UnescapeDataString(raw.Replace('+', ' '))]);

    /// <summary>As it is, and as it stands in a URL, a page and JSON. Servers differ in how they write an apostrophe.</summary>
    private static IEnumerable<string> Forms(string secret)
    {
        var page = WebUtility.HtmlEncode(secret);
        return
        [
            secret, Uri.EscapeDataString(secret), page, page.Replace("&#39;", "'", StringComparison.Ordinal), page.Replace("&#39;", "&#x27;", StringComparison.Ordinal),
            JsonEncodedText.Encode(secret).Value, JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, secret.Replace("/", "\\/", StringComparison.Ordinal),
        ];
    }

    private static IEnumerable<string> OfHeader(string name, string value) => name.ToUpperInvariant() switch
    {
        "AUTHORIZATION" or "PROXY-AUTHORIZATION" => OfAuthorization(value),
        "COOKIE" => [value, .. value.Split(';').Select(pair => pair[(pair.IndexOf('=') + 1)..].Trim()).SelectMany(v => (string[])[v, v.Trim('"'), Uri.UnescapeDataString(v)])],
        "SEC-WEBSOCKET-PROTOCOL" => value.Split(',', StringSplitOptions.TrimEntries).Where(IsTokenByShape),
        _ when Harmless.Contains(name) || HarmlessStarts.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase)) => [],
        _ => [value],
    };

    private static IEnumerable<string> OfAuthorization(string value)
    {
        yield return value;
        var space = value.IndexOf(' ');
        if (space < 0)
            yield break;
        var credentials = value[(space + 1)..].Trim();
        yield return credentials;
        var bytes = new byte[credentials.Length];
        if (!value.AsSpan(0, space).Equals("Basic", StringComparison.OrdinalIgnoreCase) || !Convert.TryFromBase64String(credentials, bytes, out var count))
            yield break;
        var pair = Encoding.UTF8.GetString(bytes, 0, count);
        yield return pair;
        yield return pair[(pair.IndexOf(':') + 1)..];
    }

    private static bool IsTokenByShape(string text) => SecretMask.Value("", text) != text;
}
