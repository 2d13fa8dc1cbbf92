using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>What is probed, and as whom.</summary>
/// <param name="Url">ws, wss, http or https.</param>
public sealed partial record ProbeTarget(Uri Url)
{
    private const string Hidden = SecretMask.Mask;
    private const int MatchMilliseconds = 1000;

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
    public static string ShownUrl(Uri url) => $"{url.Scheme}://{url.Authority}{url.AbsolutePath}{HiddenQuery(url.Query)}";

    /// <summary>The same for text that was to be a URL, or may have been, and cannot be read as one. In doubt it hides more. A path stays as it is.</summary>
    public static string ShownText(string text)
    {
        var (scheme, ask) = (Scheme().Match(text), text.IndexOf('?'));
        if (!scheme.Success || (ask >= 0 && ask < scheme.Index))
            return WithoutQuery(WithoutUser(text));
        var (start, rest) = (text[..(scheme.Index + scheme.Length)], text[(scheme.Index + scheme.Length)..]);
        // A password with a slash in it is one of the reasons why a URL cannot be read: then the @ comes later.
        var at = rest.Split('/')[0].LastIndexOf('@');
        if (at < 0)
            at = rest.Split('?')[0].LastIndexOf('@');
        if (at < 0)
            return WithoutQuery(start + rest.Split('#')[0]);
        // What stands before the @ may be a password with a question mark, or the query of a URL without a path.
        return rest.AsSpan(0, at).ContainsAny('?', '#') ? start + Hidden : WithoutQuery(start + Hidden + rest[at..].Split('#')[0]);
    }

    /// <summary>Text that others wrote, without the secrets that we sent: an error page may repeat them.</summary>
    public string Masked(string text) => new SentSecrets(this).Hide(text);

    /// <summary>A user and a password may stand before the @ also where no scheme stands before them. Without a colon it is a name in a path.</summary>
    private static string WithoutUser(string text)
    {
        var path = text.Split('?')[0];
        var first = path.Split('/')[0];
        var at = !first.Split('@')[0].Contains(':') ? -1 : first.Contains('@') ? first.LastIndexOf('@') : path.LastIndexOf('@');
        return at < 0 ? text : Hidden + text[at..];
    }

    private static string WithoutQuery(string text) => text.IndexOf('?') is var ask and >= 0 ? text[..ask] + HiddenQuery(text[ask..]) : text;

    private static string HiddenQuery(string query)
    {
        var pairs = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.IndexOf('=') is var equals and >= 0 ? pair[..(equals + 1)] + Hidden : Hidden).ToList();
        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }

    /// <summary>What a host, or a user before it, follows.</summary>
    [GeneratedRegex("^(wss?|https?):/{0,2}|//", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Scheme();
}
