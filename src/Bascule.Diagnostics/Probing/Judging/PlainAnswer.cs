namespace Bascule.Diagnostics;

/// <summary>A page or a redirect came instead of a 101.</summary>
internal static class PlainAnswer
{
    private static readonly string[] LoginWords = ["login", "signin", "auth", "oauth", "oauth2", "sso", "saml", "idp", "accounts", "keycloak", "cas"];

    private static readonly string[] ReturnNames = ["next", "return", "returnurl", "return_url", "return_to", "redirect", "redirect_uri", "redirect_url", "continue", "rd"];

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
        return seen.Say("PROBE-200-NOT-UPGRADED", $"{seen.Who} answers the upgrade with {seen.Full.Status} and {(seen.Full.Body.Length == 0 ? "an empty body" : "a page")}, as if it were a plain GET.",
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
        var (location, from, status) = (seen.Full["Location"], seen.Target.Url, seen.Full.Status);
        var target = location.Length > 0 && Uri.TryCreate(new Uri(seen.Target.OwnOrigin + from.PathAndQuery), location, out var url) && url.Scheme is "http" or "https" or "ws" or "wss" ? url : null;
        if (target is null)
            return Say($"to somewhere that cannot be read ({status})", "Connect to where it points directly.");
        var isSecure = target.Scheme is "https" or "wss";
        if (isSecure == seen.Target.IsSecure && target.Authority == from.Authority && target.PathAndQuery == from.PathAndQuery)
            return Say($"to the same URL, which is a redirect loop ({status})", isSecure
                ? "Let the server answer this path itself: see whether it takes a request that came over TLS to a proxy for one without (X-Forwarded-Proto), and its rules for slashes, languages, cookies and logins."
                : "Let the server answer this path itself; see its rules for slashes, languages, cookies and logins.");
        if (isSecure == seen.Target.IsSecure && target.Authority == from.Authority && target.AbsolutePath == from.AbsolutePath)
            return Say($"to the same path with another query ({status})", $"Connect with the query that it adds or changes ({ProbeTarget.ShownUrl(target)}): a parameter is missing, or the server wants to see that it comes back.");
        var better = new UriBuilder(target) { Scheme = isSecure ? "wss" : "ws", UserName = "", Password = "", Query = "", Fragment = "" }.Uri.AbsoluteUri;
        if (isSecure && !seen.Target.IsSecure && target.IdnHost == from.IdnHost && target.AbsolutePath == from.AbsolutePath)
            return Say($"to the same path over TLS ({status})", $"Connect to {better} directly.");
        if (IsLogin(target))
            return Say($"to a login page{(target.IdnHost == from.IdnHost ? "" : $" at {target.Authority}")} ({status})", "Nobody is logged in: send the cookie or the token with the upgrade (--token, --header 'Cookie: …'), or let the path pass without a login page.");
        return Say($"to {target.Authority}{target.AbsolutePath} ({status})", $"Connect to {better} directly.");

        Verdict Say(string where, string fix) => seen.Say(
            "PROBE-REDIRECT", $"{seen.Who} redirects the upgrade {where}; no browser follows that.", "A redirect ends a WebSocket handshake by the standard of browsers.", fix, "browser-no-redirects");
    }

    /// <summary>By a word of its host or path, or because it is told where to go back to.</summary>
    private static bool IsLogin(Uri url) =>
        url.AbsolutePath.Contains("login", StringComparison.OrdinalIgnoreCase) || url.AbsolutePath.Contains("auth", StringComparison.OrdinalIgnoreCase)
        || url.IdnHost.Split('.', '-').Concat(url.AbsolutePath.Split('/', '-', '.')).Any(word => LoginWords.Contains(word, StringComparer.OrdinalIgnoreCase))
        || TokenSeen.QueryOf(url).Any(p => ReturnNames.Contains(p.Name, StringComparer.OrdinalIgnoreCase));
}
