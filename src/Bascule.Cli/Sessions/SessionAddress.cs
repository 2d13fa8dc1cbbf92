namespace Bascule.Cli;

/// <summary>Where the WebSocket of a session is, seen from here.</summary>
internal static class SessionAddress
{
    /// <summary>At the gateway that was asked, whatever address that takes for its own: only this one is known to lead there.</summary>
    internal static Uri Of(Uri root, string path) => WebSocket(new Uri(root, path));

    /// <summary>A link that was given to somebody: that of a page, or of a WebSocket. Null: it is none.</summary>
    internal static Uri? OfLink(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "ws" or "wss" && url.Host.Length > 0 ? WebSocket(url) : null;

    /// <summary>The session of an address that opens it to its owner alone, as it is printed when it is created. Null: it is a link, or names none.</summary>
    internal static string? IdOf(Uri address)
    {
        const string path = "/ws/session/", name = "session=";
        if (IsLink(address))
            return null;
        var id = address.AbsolutePath.StartsWith(path, StringComparison.Ordinal)
            ? address.AbsolutePath[path.Length..].TrimEnd('/')
            : QueryOf(address).FirstOrDefault(part => part.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
        return id is { Length: 32 } && id.All(char.IsAsciiHexDigit) ? id : null;
    }

    /// <summary>Whether it opens a session to whoever has it, for looking.</summary>
    internal static bool IsLink(Uri address) => QueryOf(address).Any(part => part.StartsWith("link=", StringComparison.Ordinal));

    /// <summary>Whether a token for one may be shown to the other.</summary>
    internal static bool IsSame(Uri address, Uri root) => address.Authority == WebSocket(root).Authority;

    private static string[] QueryOf(Uri address) => address.Query.TrimStart('?').Split('&');

    private static Uri WebSocket(Uri url) => new UriBuilder(url) { Scheme = url.Scheme is "https" or "wss" ? "wss" : "ws", Port = url.Port, Fragment = "" }.Uri;
}
