using System.Security.Cryptography.X509Certificates;

namespace Bascule.Diagnostics;

/// <summary>What is probed, and as whom.</summary>
/// <param name="Url">ws, wss, http or https.</param>
public sealed record ProbeTarget(Uri Url)
{
    private const string Hidden = "***";
    private const int ShortestSecret = 4;

    /// <summary>Sent with every request; a name that the probe sends too replaces its value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The origin of the page that will connect; null for a page of the same host.</summary>
    public string? Origin { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer</c>, and tried in the query where that is refused. Never shown.</summary>
    public string? Token { get; init; }

    /// <summary>Offered in this order.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>What is wrong with a certificate is told, but is no fault.</summary>
    public bool AnyCertificate { get; init; }

    /// <summary>Certificate authorities to trust instead of the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The scheme says so; with http and https it may be a stream of events as well.</summary>
    public bool WantsWebSocket => Url.Scheme is "ws" or "wss";

    public bool IsSecure => Url.Scheme is "wss" or "https";

    /// <summary>The origin of a page of the same host.</summary>
    public string OwnOrigin => $"{(IsSecure ? "https" : "http")}://{Url.Authority}";

    /// <summary>The URL fit to be shown: the values of the query are hidden, because nobody knows which of them is a token.</summary>
    public string Shown => ShownUrl(Url);

    /// <summary>A URL without user, password and the values of its query.</summary>
    public static string ShownUrl(Uri url)
    {
        var pairs = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.IndexOf('=') is var equals and >= 0 ? pair[..(equals + 1)] + Hidden : Hidden).ToList();
        return $"{url.Scheme}://{url.Authority}{url.AbsolutePath}{(pairs.Count == 0 ? "" : "?" + string.Join('&', pairs))}";
    }

    /// <summary>Text that others wrote, without the secrets that we sent: an error page may repeat them.</summary>
    public string Masked(string text)
    {
        foreach (var secret in Secrets())
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        return text;
    }

    private IEnumerable<string> Secrets()
    {
        IEnumerable<string?> known =
        [
            Token,
            .. Url.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=') + 1)..]),
            .. Headers.Where(h => h.Key.Contains("auth", StringComparison.OrdinalIgnoreCase) || h.Key.Contains("cookie", StringComparison.OrdinalIgnoreCase)
                || h.Key.Contains("key", StringComparison.OrdinalIgnoreCase) || h.Key.Contains("token", StringComparison.OrdinalIgnoreCase)).Select(h => h.Value),
        ];
        return known.OfType<string>().Where(s => s.Length >= ShortestSecret).OrderByDescending(s => s.Length);
    }
}
