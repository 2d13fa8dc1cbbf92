namespace Bascule.Diagnostics;

/// <summary>The other answers of 4xx.</summary>
internal static class ClientErrorRefusal
{
    internal static Verdict? Judge(Differential seen) => seen.Full.Status switch
    {
        400 => BadRequest(seen),
        401 => Unauthorized(seen),
        404 => NotFound(seen),
        405 => seen.Say("PROBE-405", $"{seen.Who} does not allow GET at this path.", "An upgrade is a GET; what answers here takes other methods only, so it is no WebSocket endpoint.", "Correct the path."),
        407 => seen.Say("PROBE-VIA-PROXY", "A proxy on the way wants authentication (407).", "It stands between this machine and the server; the server never saw the request.",
            "Use wss:// on port 443, or let the proxy's owner allow the host."),
        426 => UpgradeRequired(seen),
        429 => TooMany(seen),
        464 => seen.Say("PROBE-464", "The AWS load balancer speaks HTTP/2 or gRPC with the back end, so it refuses the HTTP/1.1 upgrade (464).", "The protocol version of the target group decides, not the listener.",
            "Set protocol_version = HTTP1 on the target group.", "aws-alb-464"),
        _ => null,
    };

    private static Verdict BadRequest(Differential seen)
    {
        if (seen.Full.Says("plain HTTP request was sent to HTTPS port") || seen.Full.Says("HTTP request to an HTTPS server"))
            return seen.Target.IsSecure
                ? seen.Say("PROBE-UPSTREAM-SCHEME", $"{seen.Who} is asked without TLS by the proxy before it, but speaks TLS only.", "The proxy's address of the back end says http, and the back end's port wants https.",
                    "Write https:// in the proxy's address of the back end, or give it the plain port.")
                : seen.Say("PROBE-TLS-PLAINTEXT", "ws:// was sent to a port that speaks TLS, here or behind the proxy.", "The answer says so: a plain HTTP request was sent to an HTTPS port.",
                    $"Write wss://{seen.Target.Url.Authority}; if this is a proxy's public port, write https:// in its address of the back end.");
        // The last is what Python's websockets says to any version but 1.1; to a plain GET of 1.1 it says 426.
        if (seen.Full.Says("HTTP version") || seen.Full.Says("HTTP/1.0") || seen.Full.Says("did not receive a valid HTTP request"))
            return OldVersion(seen);
        if (seen.IsTakenForPlain)
            return Stripped(seen, "PROBE-400");
        return seen.Author?.Platform == "haproxy"
            ? seen.Say("PROBE-400", "HAProxy itself refuses the upgrade with 400: it finds the request malformed.", "It checks the request before any back end sees it; the back end's log stays empty.",
                "See `show errors` on HAProxy's socket for the exact byte; a rule may have rewritten a field of the handshake.", "haproxy-invalid-key-400")
            : seen.Say("PROBE-400", $"{seen.Who} finds the upgrade malformed (400), while a plain GET gets {seen.Plain.Status}.", "A field of the handshake was changed on the way, or the server checks something else first: version, path, extensions, a missing parameter.",
                "Read the body of the answer; compare with a probe of the next hop (--direct).", "aspnet-400-cases", "node-ws-status-map", "gorilla-status-map");
    }

    /// <summary>The back end got HTTP/1.0, which knows no upgrade.</summary>
    private static Verdict OldVersion(Differential seen) => seen.Say(
        "PROBE-HTTP10", $"{(seen.Proxy is { } proxy ? proxy.Name : "The proxy")} passes the request on as HTTP/1.0, which has no upgrade; the back end refuses it.",
        "nginx before 1.29.7 asks back ends with HTTP/1.0 unless it is told otherwise.", seen.Proxy is { Platform: "nginx" } ? Cure(seen.Proxy) : "nginx: proxy_http_version 1.1; beside the two fields Upgrade and Connection.", "nginx-http-version", "nginx-http10-lenient");

    /// <summary>The answer to the upgrade is the one to a plain GET: the application never saw an upgrade, or never looked whether it is one.</summary>
    private static Verdict Stripped(Differential seen, string ruleId)
    {
        // Only an answer that speaks of the upgrade tells that it was missed.
        if (!seen.Full.Says("upgrade") && !seen.Full.Says("websocket") && !seen.Full["Upgrade"].Contains("websocket", StringComparison.OrdinalIgnoreCase))
            return Unproven(seen, ruleId);
        var proxy = seen.Proxy;
        var isOfEverything = seen.Elsewhere.IsLike(seen.Full);
        return seen.Say(
            ruleId,
            $"{(isOfEverything ? "It looks as if the" : "The")} upgrade arrives as a plain GET: {(proxy is null ? "a proxy on the way" : proxy.Name)} does not pass Upgrade and Connection on.",
            $"The upgrade got the same answer as a plain GET ({seen.Full.Status}), so the application never saw that a WebSocket was wanted. Both fields end at every hop unless it is told to pass them on.{(isOfEverything ? " An unknown path gets it too: a server that says so to everybody, whatever is asked, looks the same." : "")}",
            Cure(proxy),
            proxy?.Platform == "nginx" ? ["nginx-upgrade-headers", "nginx-upgrade-headers-426", "nginx-header-inheritance"] : ["nginx-upgrade-headers"]);
    }

    private static Verdict Unproven(Differential seen, string ruleId)
    {
        var everything = seen.Elsewhere.IsLike(seen.Full) ? ", and as to an unknown path" : "";
        var host = seen.Full.Says("DisallowedHost") || seen.Full.Says("ALLOWED_HOSTS");
        return seen.Say(
            ruleId,
            $"{seen.Who} answers {seen.Full.Status} to the upgrade as to a plain GET{everything}{(seen.Full.Body.Length == 0 ? ", and does not say what it misses" : $": {seen.Full.Page}")}.{(host ? $" It does not know the host {seen.Target.Url.Host}." : "")}",
            $"The same answer to everything does not tell whether an upgrade was seen. Candidates: a parameter or header that is missing, the Host {seen.Target.Url.Authority} that is not allowed (ALLOWED_HOSTS of Django), or {seen.Proxy?.Name ?? "a proxy on the way"} that does not pass Upgrade and Connection on.",
            host ? "Add the host to ALLOWED_HOSTS, or connect by a name that stands there." : $"Read the body of the answer and the application's log first. If it is the proxy: {Cure(seen.Proxy)}",
            seen.Proxy?.Platform == "nginx" ? ["nginx-upgrade-headers", "nginx-upgrade-headers-426"] : ["nginx-upgrade-headers"]);
    }

    private static string Cure(HopSeen? proxy) => proxy?.Platform switch
    {
        "nginx" => "In the location of this path: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; — all of them there, for a location that sets any header inherits none.",
        "apache-httpd" => "ProxyPass with upgrade=websocket (2.4.47 and later), or mod_proxy_wstunnel.",
        "aws-cloudfront" => "Let the behaviour forward Sec-WebSocket-Key and Sec-WebSocket-Version (origin request policy AllViewer).",
        "azure-front-door" => "Switch caching off on the route.",
        "haproxy" => "Remove what deletes Upgrade or Connection (http-request del-header, option httpclose); HAProxy passes them on by itself.",
        _ => "Let every hop pass Upgrade and Connection on; probe the hops one by one with --direct to find the one that does not.",
    };

    private static Verdict Unauthorized(Differential seen)
    {
        if (seen.TokenInQuery?.Status == 101)
            return seen.Say("PROBE-401", "The server takes the token in the query (?token=), not in the Authorization header.", "The same upgrade with the token in the query was let in.", "Put it into the URL, best as a ticket that lives for seconds: URLs are logged.", "browser-no-custom-headers");
        if (TokenRefusal.Judge(seen) is { } token)
            return token;
        return !TokenSeen.IsSent(seen.Target)
            ? seen.Say("PROBE-401", $"{seen.Who} wants authentication with the upgrade (401).", "No token was sent. A browser cannot set headers here; it can send cookies, a query parameter or a subprotocol.",
                "Probe again with --token or --header; for browsers, accept a short-lived ticket in the query.", "browser-no-custom-headers", "node-ws-status-map")
            : seen.Say("PROBE-401", $"{seen.Who} refuses the token (401).", TokenSeen.Of(seen.Target) is { Until: not null } ? "It is in time, so it is signed by somebody else, meant for another audience, or expected in another place." : "It is expired, signed by somebody else, meant for another audience, or expected in another place.",
                "Look at its claims (bascule token inspect) and at what the server expects.", "node-ws-status-map");
    }

    private static Verdict NotFound(Differential seen)
    {
        if (seen.OtherSlash?.Status == 101)
            return seen.Say("PROBE-404", $"The path is wrong by its last slash: {Other(seen.Target.Url.AbsolutePath)} is a WebSocket, {seen.Target.Url.AbsolutePath} is not.", "The server does not take one for the other, and no browser follows a redirect here.",
                $"Connect to {Other(seen.Target.Url.AbsolutePath)}.", "node-ws-status-map");
        if (seen.Plain.Status is not 404 and not 0)
            return seen.Say("PROBE-404", $"{seen.Who} serves this path to a plain GET ({seen.Plain.Status}) but knows no WebSocket there (404).", "The router of the application has a route for HTTP only, or lacks a WebSocket library.",
                "Register the WebSocket handler at exactly this path.", "uvicorn-no-ws-lib", "node-http-no-upgrade-listener");
        return seen.Say("PROBE-404", $"Nothing is served at {seen.Target.Url.AbsolutePath}: {seen.Who} answers 404, as to any unknown path.".Replace(", as to any unknown path", seen.PlainElsewhere.Status == 404 ? ", as to any unknown path" : "", StringComparison.Ordinal),
            "The path, a prefix that a proxy adds or removes, or the host name is not the one that the server knows.", "Compare the path with the server's routes, behind each proxy; the first wrong prefix is the cause.");
    }

    private static string Other(string path) => path.EndsWith('/') ? path.TrimEnd('/') : path + "/";

    private static Verdict UpgradeRequired(Differential seen)
    {
        if (seen.Full.Says("HTTPS protocol"))
            return seen.Say("PROBE-426", "Kong takes this route over TLS only (426).", "The route's protocols are https alone.", $"Connect to wss://{seen.Target.Url.Host}, or add http to the route's protocols.", "kong-https-426");
        if (seen.Full["Sec-WebSocket-Version"] is { Length: > 0 } version && !version.Split(',', StringSplitOptions.TrimEntries).Contains("13"))
            return seen.Say("PROBE-426", $"The server speaks WebSocket version {version}, not 13.", "Version 13 is the only one that browsers speak.", "Update the server's WebSocket library.");
        return Stripped(seen, "PROBE-426");
    }

    private static Verdict TooMany(Differential seen)
    {
        var wait = seen.Full["Retry-After"] is { Length: > 0 } after ? $" It asks to wait {after} s." : "";
        return seen.IsOn("gcp-external-alb")
            ? seen.Say("PROBE-429", "Google's load balancer or Cloud Run refuses for number: a rate rule of Cloud Armor, or all instances are full (429).", $"Each open WebSocket holds a slot of an instance; a rate rule without a key per client counts all users together.{wait}",
                "Give the rule a key per client (enforce_on_key) and room for reconnects; raise concurrency and the number of instances.", "gcp-armor-key-default-all", "gcp-run-concurrency")
            : seen.Say("PROBE-429", $"{seen.Who} limits the rate of handshakes (429).", $"A rate limit or the platform's capacity refuses new connections; those that are open are not touched.{wait}",
                "Raise the limit for upgrades, apart from ordinary requests; let clients come back with growing, random pauses.", "cf-one-request");
    }
}
