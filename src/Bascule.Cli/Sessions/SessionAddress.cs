namespace Bascule.Cli;

/// <summary>Where the WebSocket of a session is, seen from here.</summary>
internal static class SessionAddress
{
    /// <summary>At the gateway that was asked, whatever address that takes for its own: only this one is known to lead there.</summary>
    internal static Uri Of(Uri root, string path) => WebSocket(new Uri(root, path));

    /// <summary>A link that was given to somebody: that of a page, or of a WebSocket. Null: it is none.</summary>
    internal static Uri? OfLink(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "ws" or "wss" && url.Host.Length > 0 ? WebSocket(url) : null;

    private static Uri WebSocket(Uri url) => new UriBuilder(url) { Scheme = url.Scheme is "https" or "wss" ? "wss" : "ws", Port = url.Port, Fragment = "" }.Uri;
}
