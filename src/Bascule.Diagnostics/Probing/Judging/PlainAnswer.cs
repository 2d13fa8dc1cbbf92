namespace Bascule.Diagnostics;

/// <summary>A page or a redirect came instead of a 101.</summary>
internal static class PlainAnswer
{
    internal static Verdict? Judge(Differential seen)
    {
        if (seen.Full.IsRedirect)
            return Redirect(seen);
        if (!seen.Full.IsSuccess)
            return null;
        if (seen.Full.ServerIs("Caddy") && seen.Full.Body.Length == 0)
            return seen.Say("PROBE-200-NOT-UPGRADED", $"Caddy has no site for the host {seen.Target.Url.Host}: it answers 200 with nothing.", "A Host that no site block names gets an empty 200.", "Add the host to the site's address, or connect by the name that it has.", "caddy-empty-200");
        if (EventsStep.IsStream(seen.Full))
            return seen.Say("PROBE-200-NOT-UPGRADED", seen.Target.WantsWebSocket ? Severity.Error : Severity.Info, "This path serves server-sent events, not a WebSocket.", "The answer is a text/event-stream.", "Use EventSource in the client, or the path of the WebSocket.");
        if (seen.Full.Says("Index of /") || seen.Full.Says("Directory listing for"))
            return seen.Say("PROBE-SERVER-SIMPLEHTTP", $"A listing of files comes instead of a WebSocket: {seen.Who} serves files here.", "A file server takes the upgrade for an ordinary request.", "Start the WebSocket server, or send this path to it.", "python-http-server");
        if (seen.Full["X-Cache"].Contains("HIT", StringComparison.OrdinalIgnoreCase) || seen.Full["Age"].Length > 0)
            return seen.Say("PROBE-200-NOT-UPGRADED", $"{seen.Who} answers the upgrade from a cache.", "A cached page came; the application was not asked.", "Switch caching off for this path.", "az-afd-cache-breaks-upgrade");
        if (seen.Full.IsLike(seen.PlainElsewhere) && seen.Full["Content-Type"].Contains("html", StringComparison.OrdinalIgnoreCase))
            return seen.Say("PROBE-200-NOT-UPGRADED", $"{seen.Who} answers the upgrade with the page that it gives for any unknown path.", "A single-page application catches all paths, this one too, before the WebSocket server is asked.",
                "Send this path to the WebSocket server, before the rule that serves the page.", "node-http-no-upgrade-listener");
        return seen.Say("PROBE-200-NOT-UPGRADED", $"{seen.Who} answers the upgrade with {seen.Full.Status} and a page, as if it were a plain GET.",
            seen.Proxy is { Kind: HopKind.Proxy } proxy
                ? $"Either {proxy.Name} does not pass Upgrade and Connection on, or the application has no WebSocket at this path."
                : "The application has no WebSocket at this path, or no listener for upgrades: a proxy that removes the two fields looks the same.",
            seen.Proxy?.Platform == "nginx"
                ? "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; then check the handler of this path."
                : "Attach the WebSocket server to the HTTP server that listens, at this path; probe behind the proxy with --direct.",
            "node-http-no-upgrade-listener", "nginx-upgrade-headers", "apache-order");
    }

    private static Verdict Redirect(Differential seen)
    {
        var location = seen.Full["Location"];
        var target = Uri.TryCreate(new Uri(seen.Target.OwnOrigin), location, out var url) && url.Scheme is "http" or "https" ? url : null;
        var better = target is null ? "where it points" : new UriBuilder(target) { Scheme = target.Scheme is "https" ? "wss" : "ws", Query = "", Fragment = "" }.Uri.AbsoluteUri;
        var what = target is null ? $"to somewhere that cannot be read ({seen.Full.Status})"
            : target.Scheme == "https" && !seen.Target.IsSecure && target.AbsolutePath == seen.Target.Url.AbsolutePath ? $"to the same path over TLS ({seen.Full.Status})"
            : target.AbsolutePath.Contains("login", StringComparison.OrdinalIgnoreCase) || target.AbsolutePath.Contains("auth", StringComparison.OrdinalIgnoreCase) ? $"to a login page ({seen.Full.Status})"
            : $"to {target.Host}{target.AbsolutePath} ({seen.Full.Status})";
        return seen.Say("PROBE-REDIRECT", $"{seen.Who} redirects the upgrade {what}; no browser follows that.", "A redirect ends a WebSocket handshake by the standard of browsers.",
            what.Contains("login", StringComparison.Ordinal) ? "Send the cookie or the token with the upgrade, or let the path pass without a login page." : $"Connect to {better} directly.", "browser-no-redirects");
    }
}
