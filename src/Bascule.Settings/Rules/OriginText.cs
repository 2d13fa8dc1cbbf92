using System.Globalization;

namespace Bascule.Settings;

/// <summary>The syntax of origins, as browsers send them (RFC 6454 §6.2): scheme, host, and a port that is not the usual one.</summary>
internal static class OriginText
{
    private const string SchemeEnd = "://";
    private const string Forms = "Write self, https://HOST, https://HOST:PORT, https://*.HOST for all below it, null, or * for every page.";
    private static readonly string[] Words = ["self", "*", "null"];

    /// <summary>Why no browser would ever send that, as the rest of a sentence, and what to write; null when one may.</summary>
    internal static (string Problem, string Remedy)? Fault(string text)
    {
        if (Words.Contains(text))
            return null;
        var end = text.IndexOf(SchemeEnd, StringComparison.Ordinal);
        if (end <= 0 || !Uri.CheckSchemeName(text[..end]))
            return WithoutScheme(text);
        var (scheme, rest) = (text[..end], text[(end + SchemeEnd.Length)..]);
        if (rest.Contains('@'))
            return ("holds a user, which no browser sends", Forms);
        if (scheme is "ws" or "wss")
            return ("names a WebSocket, but an origin is the page that opens it", $"Write {(scheme == "ws" ? "http" : "https")}{SchemeEnd}{rest}.");
        if (rest.IndexOfAny(['/', '?', '#']) is >= 0 and var slash)
        {
            var isSlashAlone = slash == rest.Length - 1 && rest[slash] == '/';
            return (isSlashAlone ? "ends with a slash, which no browser sends" : "holds more than scheme, host and port", $"Write {scheme}{SchemeEnd}{rest[..slash]}.");
        }

        return AuthorityFault(scheme, rest);
    }

    /// <summary>The origin of a page, from the URL under which it is opened; null when that is none.</summary>
    internal static string? OfPage(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var page) || page.Host.Length == 0)
            return null;
        var host = page.HostNameType == UriHostNameType.IPv6 ? page.Host : page.IdnHost;
        var origin = $"{page.Scheme}{SchemeEnd}{host}{(page.IsDefaultPort ? "" : $":{page.Port}")}";
        return Fault(origin) is null ? origin : null;
    }

    private static (string Problem, string Remedy) WithoutScheme(string text)
    {
        var remedy = Words.FirstOrDefault(w => w.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } word ? $"Write {word}."
            : Uri.CheckHostName(text) == UriHostNameType.Dns ? $"Write https://{text}."
            : Forms;
        return ("has no scheme", remedy);
    }

    private static (string Problem, string Remedy)? AuthorityFault(string scheme, string authority)
    {
        // The colons of an IPv6 address stand in brackets.
        var colon = authority.LastIndexOf(':') is var last && last > authority.LastIndexOf(']') ? last : -1;
        var host = colon < 0 ? authority : authority[..colon];
        if (colon >= 0 && (!ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0))
            return ("has no port after the colon", Forms);
        var isWildcard = host.StartsWith("*.", StringComparison.Ordinal);
        var name = isWildcard ? host[2..] : host;
        var kind = Uri.CheckHostName(name);
        if (kind is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6) || (isWildcard && kind != UriHostNameType.Dns))
            return ("has no host that a page could come from", Forms);
        if (!name.All(char.IsAscii) && Uri.TryCreate($"http{SchemeEnd}{name}", UriKind.Absolute, out var url))
            return ("is written in letters that browsers send in another form", $"Write {scheme}{SchemeEnd}{(isWildcard ? "*." : "")}{url.IdnHost}.");
        return null;
    }
}
