namespace Bascule.Diagnostics;

/// <summary>5xx: something between here and the application, or the application itself, is broken or full.</summary>
internal static class ServerErrorRefusal
{
    internal static Verdict? Judge(Differential seen) => seen.Full.Status switch
    {
        502 => BadGateway(seen),
        503 => Unavailable(seen),
        504 or 524 => seen.Say("PROBE-5XX", $"{seen.Who} waited for the back end and gave up after {seen.Full.Took.TotalSeconds:0.#} s ({seen.Full.Status}).",
            seen.Plain.IsLike(seen.Full) ? "The back end does not answer plain requests either: it is stuck, overloaded, or the address is wrong." : "The back end answers a plain GET but holds the upgrade back.",
            "See where the back end hangs; probe it with --direct.", "cf-read-timeout-125"),
        520 or 521 or 522 or 523 or 525 or 526 => Cloudflare(seen),
        >= 500 and < 600 => seen.Say("PROBE-5XX", $"{seen.Who} fails on the upgrade with {seen.Full.Status}, while a plain GET gets {seen.Plain.Status}.",
            seen.Full.Status == 500 ? "The application failed inside the handshake, or something between wraps the connection so that it cannot be taken over." : "What answered does not implement the upgrade.",
            "Look into the application's log at this time.", "gorilla-status-map"),
        _ => null,
    };

    private static Verdict BadGateway(Differential seen)
    {
        if (seen.Plain.Status != 502 && seen.IsOn("gcp-external-alb"))
            return seen.Say("PROBE-5XX", "Google's load balancer speaks HTTP/2 with the back end, so upgrades end in 502.", "With backend protocol HTTP2 there is no HTTP/1.1 upgrade; plain requests go on working.", "Set the backend service's protocol to HTTP.", "gcp-lb-h2-backend-502");
        return seen.Plain.Status == 502
            ? seen.Say("PROBE-5XX", $"{seen.Who} cannot speak with the back end (502), not even for a plain GET.", "The back end is down, the port is wrong, or one side speaks TLS and the other does not (http:// where https:// is meant, or the reverse).",
                "Correct address, port and scheme of the back end in the proxy; its error log names which.", "gcp-run-port-contract")
            : seen.Say("PROBE-5XX", $"{seen.Who} cannot get an answer to the upgrade from the back end (502), while a plain GET gets {seen.Plain.Status}.", "The back end closes the connection or answers something unreadable when an upgrade is asked for: a crash, or a port for HTTP/2 only.",
                "Look into the back end's log; probe it with --direct.");
    }

    private static Verdict Unavailable(Differential seen)
    {
        if (seen.IsOn("gcp-cloud-run") && seen.Full.Says("upstream connect error"))
            return seen.Say("PROBE-5XX", "The Cloud Run service has HTTP/2 to the container switched on (h2c), so the upgrade fails with 503.", "With a port named h2c there is no HTTP/1.1 upgrade.", "Name the port http1, or drop --use-http2; put gRPC into a service of its own.", "gcp-run-h2c-breaks-ws", "gcp-run-h2c-doc");
        if (seen.Author?.Platform == "haproxy" || seen.Full.Says("no healthy upstream") || seen.Full.Says("No server is available"))
            return seen.Say("PROBE-5XX", $"{seen.Who} has no back end to send this to (503).", "Nothing listens at the address and port of the server, one side speaks TLS and the other does not, all servers are down by their health check, or no route leads anywhere. A health check that asks the WebSocket path gets 400 or 426 and takes good servers out.",
                "Correct address, port and scheme of the server in the proxy, and see that it runs; give the health check a path of its own that answers 200.", "gcp-lb-all-unhealthy", "aws-alb-healthcheck-not-ws");
        return seen.Plain.Status is 503 or 0
            ? seen.Say("PROBE-5XX", $"{seen.Who} answers 503 to everything at this path.", "There is no ready back end, or it is over its limit.", "Bring a back end up; look at its health checks and limits.", "gcp-lb-all-unhealthy")
            : seen.Say("PROBE-5XX", $"{seen.Who} refuses the upgrade with 503, while a plain GET gets {seen.Plain.Status}.", "A limit on connections is reached, the application refuses new ones, or the back end speaks HTTP/2 only.",
                "Look at the limits of what answered: limit_conn holds a slot for as long as a WebSocket lives.", "nginx-limit-req-503", "node-ws-status-map");
    }

    private static Verdict Cloudflare(Differential seen) => seen.Say(
        "PROBE-5XX",
        seen.Full.Status switch
        {
            521 => "Cloudflare is refused by the origin (521): nothing listens there, or a firewall blocks Cloudflare.",
            522 => "Cloudflare gets no connection to the origin (522).",
            523 => "Cloudflare cannot reach the origin's address (523).",
            525 => "TLS between Cloudflare and the origin fails (525).",
            526 => "Cloudflare does not accept the origin's certificate (526).",
            _ => "The origin gives Cloudflare an answer that it cannot read (520).",
        },
        "The fault lies between Cloudflare and the origin; the browser's side is fine.", "Check address, port, firewall and TLS of the origin; probe it with --direct.", "cf-support");
}
