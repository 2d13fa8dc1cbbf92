using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>What a probe sends and nobody else may read, in every form in which a server may repeat it.</summary>
internal sealed class SentSecrets(ProbeTarget target)
{
    // A shorter one stands in half of all texts, and hiding it there would hide the report.
    private const int Shortest = 4;

    // So much of a longer one is no accident.
    private const int Telling = 12;

    // In base64 a shorter one leaves a few letters that may be anything.
    private const int ShortestEncoded = 6;

    private static readonly string[] HarmlessStarts = ["Accept", "Content-", "Sec-Fetch-", "X-Forwarded-"];

    /// <summary>Fields whose values are those of the protocol, or the address of somebody.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "Origin", "Host", "User-Agent", "Connection", "Upgrade", "Cache-Control", "Pragma", "Forwarded", "Via", "X-Real-IP", "X-Requested-With", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
    };

    private readonly List<string> _forms = FormsOf(target);

    /// <summary>Text that others wrote, without the secrets. To be called before the text is cut: half a secret is hard to recognize.</summary>
    internal string Hide(string text)
    {
        foreach (var form in _forms)
            text = text.Replace(form, SecretMask.Mask, ComparisonOf(form));
        // A long one is known by its beginning: some servers show no more of it.
        foreach (var form in _forms.Where(f => f.Length > Telling))
        {
            for (var at = Find(text, form, 0); at >= 0; at = Find(text, form, at + SecretMask.Mask.Length))
                text = $"{text.AsSpan(0, at)}{SecretMask.Mask}{text.AsSpan(at + _forms.Max(f => Common(text.AsSpan(at), f)))}";
        }

        return text;
    }

    private static int Find(string text, string form, int from) => text.IndexOf(form[..Telling], from, ComparisonOf(form));

    private static int Common(ReadOnlySpan<char> text, string form)
    {
        var length = 0;
        while (length < text.Length && length < form.Length && char.ToUpperInvariant(text[length]) == char.ToUpperInvariant(form[length]))
            length++;
        return length;
    }

    /// <summary>A word may be one of ours too, with a capital in it: transport=polling.</summary>
    private static StringComparison ComparisonOf(string form) => form.All(char.IsAsciiLetterLower) || form.All(char.IsAsciiLetterUpper) ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>The longest first: one may be a part of another.</summary>
    private static List<string> FormsOf(ProbeTarget target) =>
        [.. ((string?[])[target.Token, .. QueryOf(target.Url), .. target.Subprotocols.Where(IsTokenByShape), .. target.Headers.SelectMany(h => OfHeader(h.Key, h.Value))])
            .OfType<string>().Where(s => s.Length >= Shortest && s != "websocket").Distinct(StringComparer.Ordinal).SelectMany(Forms).Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length)];

    private static IEnumerable<string> QueryOf(Uri url) => url.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=') + 1)..])
        .SelectMany(raw => (string[])[raw, Uri.UnescapeDataString(raw), Uri.UnescapeDataString(raw.Replace('+', ' '))]);

    /// <summary>As it is, in one case, and as it stands in a URL, a page, JSON, hex and base64. Servers differ in how they write an apostrophe or a slash.</summary>
    private static IEnumerable<string> Forms(string secret)
    {
        var (page, url, bytes) = (WebUtility.HtmlEncode(secret), Uri.EscapeDataString(secret), Encoding.UTF8.GetBytes(secret));
        IEnumerable<string> forms =
        [
            secret, url, url.Replace("%2F", "/", StringComparison.Ordinal), page, page.Replace("&#39;", "'", StringComparison.Ordinal), page.Replace("&#39;", "&#x27;", StringComparison.Ordinal),
            JsonEncodedText.Encode(secret).Value, JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value, secret.Replace("/", "\\/", StringComparison.Ordinal),
        ];
        return secret.Length < ShortestEncoded ? forms : [.. forms, secret.ToUpperInvariant(), secret.ToLowerInvariant(), Convert.ToHexString(bytes), .. Enumerable.Range(0, 3).SelectMany(before => InBase64(bytes, before))];
    }

    /// <summary>What of the base64 of a longer text depends on the secret alone, in both alphabets.</summary>
    /// <param name="before">How many bytes of the longer text share the first group of three: 0 to 2.</param>
    private static IEnumerable<string> InBase64(byte[] secret, int before)
    {
        const int bits = 8;
        const int bitsOfLetter = 6;
        var whole = Convert.ToBase64String([.. new byte[before], .. secret]);
        var inner = whole[((before * bits + bitsOfLetter - 1) / bitsOfLetter)..((before + secret.Length) * bits / bitsOfLetter)];
        return [inner, inner.Replace('+', '-').Replace('/', '_')];
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
