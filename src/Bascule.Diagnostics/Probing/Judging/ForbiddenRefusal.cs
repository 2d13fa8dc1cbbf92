namespace Bascule.Diagnostics;

/// <summary>403: only the differences between the variants tell whether it is Origin, the path, an access rule, or an Envoy without upgrades.</summary>
internal static class ForbiddenRefusal
{
    internal static Verdict? Judge(Differential seen)
    {
        if (seen.Full.Status != 403)
            return null;
        if (seen.NoOrigin.Status == 101 || seen.OwnOrigin?.Status == 101)
            return Origin(seen);
        if (seen.IsOn("envoy") || seen.IsOn("istio"))
            return Envoy(seen);
        // The page that HAProxy writes for its own deny.
        if (seen.Full.Says("Request forbidden by administrative rules"))
            return seen.Say("PROBE-403-DIFF", $"HAProxy itself denies the upgrade (403){(seen.Plain.Status == 403 ? ", as every request to this path" : $", while a plain GET gets {seen.Plain.Status}")}: one of its own rules.",
                "It answers with its own page, before any back end is asked: the application's log stays empty.", "Find the rule in HAProxy's configuration (http-request deny, block); its log shows the request with the state PR--.");
        if (TokenRefusal.Judge(seen) is { } token)
            return token;
        if (seen.Full.ServerIs("uvicorn") && seen.Plain.Status == 404)
            return seen.Say("PROBE-403-DIFF", "The ASGI application has no WebSocket route at this path, or closes before it accepts: ASGI servers answer 403 to both.",
                "ASGI has no other word for a refusal, so a wrong path looks like a forbidden one.", "Compare the path with the routes of the application, the prefix and the last slash too.", "starlette-403-means-404");
        if (seen.IsOn("gcp-cloud-run") && seen.Plain.Status == 403)
            return seen.Say("PROBE-403-DIFF", "Google's front end refuses every request to this service: callers need the invoker role.",
                "The service does not allow unauthenticated callers, and a browser cannot send the token with an upgrade.", "Allow unauthenticated calls and authenticate inside the application, by a ticket in the query for example.", "gcp-run-iam-403");
        if (seen.Plain.Status == 403)
            return seen.Say("PROBE-403-DIFF", $"{seen.Who} refuses every request to this path with 403, not only upgrades.",
                "An access rule, a web application firewall or a bot rule stands before the application.", "Find the rule that fires in the log of what answered, and let this path pass.", "cf-one-request");
        return seen.Say("PROBE-403-DIFF", $"{seen.Who} refuses the upgrade with 403, whatever the Origin; a plain GET gets {seen.Plain.Status}.",
            "The application or a rule before it refuses: a missing token or cookie, a wrong path, or a rule about upgrades.", "Look for the refusal in the application's log; try with --token or --header. CORS headers do not help: CORS does not apply to WebSockets.", "gorilla-status-map", "browser-no-custom-headers");
    }

    private static Verdict Origin(Differential seen)
    {
        var origin = seen.Target.Origin ?? seen.Target.OwnOrigin;
        var allowed = seen.OwnOrigin?.Status == 101 ? $"pages of {seen.Target.OwnOrigin} are let in" : "without Origin the same upgrade is let in";
        return seen.Say(
            "PROBE-403-DIFF",
            seen.Target.Origin is null ? Severity.Warning : Severity.Error,
            $"The Origin check refuses pages of {origin}: {allowed}.",
            "The server compares Origin with its list, or with the Host that it sees; a proxy that rewrites Host makes both differ. CORS headers do not matter here.",
            $"Add {origin} to the allowed origins of the server, or let the proxy pass Host on as it came{(seen.Target.Origin is null ? "; if the pages live elsewhere, probe with --origin" : "")}.",
            "gorilla-checkorigin", "aspnet-origins-all", "spring-origin", "nginx-host-default");
    }

    private static Verdict Envoy(Differential seen)
    {
        if (seen.Full["X-Envoy-Upstream-Service-Time"].Length > 0)
            return seen.Say("PROBE-403-DIFF", "The application behind Envoy refused the upgrade with 403.",
                "The field x-envoy-upstream-service-time shows that the answer came from the application; Envoy only put its own name into Server.", "Look at Origin, authentication and path in the application.", "envoy-server-header-overwritten");
        if (seen.Plain.Status == 503)
            return seen.Say("PROBE-403-ENVOY", "Envoy has no ready endpoint for this route: a plain GET gets 503 and an upgrade 403.",
                "The placeholder route that stands in for the missing back end does not take upgrades.", "Bring a back end up, or correct its service and port; the 403 then goes away by itself.", "envoy-gateway-no-endpoints-403");
        return seen.Say("PROBE-403-ENVOY", "Envoy itself refuses the upgrade: the route has no WebSocket in its upgrade_configs.",
            "A route without it gets Envoy's own 403 with an empty body, before the application. On AWS App Runner it is always so, and cannot be changed.",
            "Add upgrade_configs: [{ upgrade_type: websocket }] to the HTTP connection manager or the route. On App Runner: move the WebSocket to another service.", "envoy-403-upgrade-failed", "aws-apprunner-no-ws");
    }
}
