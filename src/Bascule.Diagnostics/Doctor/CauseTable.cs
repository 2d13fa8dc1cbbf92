namespace Bascule.Diagnostics;

/// <summary>Which rules of the linter describe the cause of what a probe, or the check of the machine, saw.</summary>
/// <param name="Seen">Rules of the probe or of the host check.</param>
/// <param name="Platform">The hop that must have been recognised, by its name in the catalogue; empty for any.</param>
/// <param name="Causes">Rules of the linter, the likeliest first.</param>
public sealed record CauseRow(IReadOnlyList<string> Seen, string Platform, IReadOnlyList<string> Causes);

/// <summary>The table, and how it is asked.</summary>
public static class CauseTable
{
    // What a handshake looks like from outside when a proxy takes its headers away.
    private static readonly string[] Mangled = ["PROBE-DIRECT-FRONT", "PROBE-HTTP10", "PROBE-400", "PROBE-404", "PROBE-405", "PROBE-426", "PROBE-200-NOT-UPGRADED", "PROBE-403-DIFF", "PROBE-NOT-UPGRADED", "PROBE-CUT"];

    private static readonly string[] Crowded = ["PROBE-CAPACITY", "PROBE-429"];

    /// <summary>A new row, or a word more in one, is all that a new join needs; a test knows every id.</summary>
    public static IReadOnlyList<CauseRow> Rows { get; } =
    [
        new(["PROBE-403-ENVOY", "PROBE-PLATFORM"], "aws-app-runner", ["AWS-APPRUNNER-WS"]),
        new(["PROBE-403-ENVOY"], "envoy", ["AWS-APPRUNNER-WS", "ENVOY-UPGRADE-CONFIG"]),
        new(["PROBE-PLATFORM"], "", ["VERCEL-WS", "NETLIFY-WS", "AWS-LAMBDA-URL", "AWS-ALB-LAMBDA-TARGET", "AWS-APIGW-TYPE", "AZ-APPSERVICE-WS-OFF", "CF-WS-OFF"]),
        new(Mangled, "nginx", ["NGINX-UPGRADE-HEADERS", "NGINX-CONNECTION-EMPTY", "NGINX-HEADER-INHERITANCE", "NGINX-HTTP-VERSION", "NGINX-NON-HTTP-PASS", "NGINX-HANDSHAKE-HEADER", "INGRESS-NGINX-CONNECTION-HEADER"]),
        // Not of a 403: that is HAProxy's own.
        new([.. Mangled.Where(seen => seen != "PROBE-403-DIFF")], "haproxy", ["HAPROXY-DEL-UPGRADE", "HAPROXY-H2-BACKEND-WS"]),
        new(["PROBE-403-DIFF", "PROBE-DIRECT-FRONT"], "haproxy", ["HAPROXY-DENY-UPGRADE"]),
        new(Mangled, "caddy", ["CADDY-UPGRADE-HEADERS", "CADDY-H2C-TRANSPORT"]),
        new(Mangled, "traefik", ["TRAEFIK-HEADERS-UPGRADE", "TRAEFIK-H2C-BACKEND"]),
        new(Mangled, "apache-httpd", ["APACHE-UPGRADE", "APACHE-ORDER"]),
        new(Mangled, "envoy", ["ENVOY-UPGRADE-CONFIG", "ENVOY-BUFFER-FILTER", "ENVOY-H2-ALLOW-CONNECT"]),
        new(Mangled, "aws-cloudfront", ["AWS-CF-HEADERS"]),
        new(Mangled, "iis", ["IIS-WEBSOCKET"]),
        new(["PROBE-403-DIFF"], "", ["NGINX-HOST-ORIGIN", "TRAEFIK-HOST-ORIGIN", "GCP-RUN-AUTH-BROWSER"]),
        new(["PROBE-401"], "", ["AUTH-HEADER-REQUIRED", "TRAEFIK-AUTH-ANSWER", "GCP-RUN-AUTH-BROWSER"]),
        new(["PROBE-REDIRECT"], "", ["PROXY-REDIRECTS-WS", "TRAEFIK-AUTH-ANSWER"]),
        new(["PROBE-TLS-CERT"], "", ["TLS-CERT-NAME"]),
        new(["PROBE-SSE-BUFFERED"], "", ["NGINX-SSE-BUFFERING", "TRAEFIK-SSE-BUFFERING"]),
        new(["PROBE-INSTANCES", "PROBE-RECONNECT-SPREAD"], "", ["APP-INMEMORY-MULTI", "APP-STICKY-FALLBACK", "GCP-RUN-AFFINITY-STATE"]),
        new(["PROBE-404"], "", ["PROXY-NO-ROUTE", "UVICORN-NO-WS-LIB", "NODE-WRONG-SERVER", "APP-NOT-WS-SERVER"]),
        new(["PROBE-SERVER-SIMPLEHTTP", "PROBE-200-NOT-UPGRADED"], "", ["APP-NOT-WS-SERVER", "NODE-WRONG-SERVER"]),
        new(["PROBE-5XX", "PROBE-UPSTREAM-SCHEME", "PROBE-SILENT"], "", ["NGINX-TO-LOOPBACK", "DOCKER-BIND-LOOPBACK", "PROXY-SCHEME-PORT", "K8S-TARGETPORT-MISMATCH", "COMPOSE-PORT-MISMATCH", "GCP-RUN-HTTP2", "GCP-LB-BACKEND-HTTP2", "GKE-APP-PROTOCOL-HTTP2", "HEALTHCHECK-ON-WS-PATH"]),
        new(["PROBE-5XX"], "haproxy", ["HAPROXY-H2-BACKEND-WS"]),
        new(["PROBE-5XX"], "caddy", ["CADDY-H2C-TRANSPORT"]),
        new(["PROBE-5XX"], "traefik", ["TRAEFIK-H2C-BACKEND"]),
        new(["PROBE-464"], "", ["AWS-ALB-TG-HTTP2"]),
        new(["PROBE-TCP-REFUSED"], "", ["DOCKER-BIND-LOOPBACK", "K8S-TARGETPORT-MISMATCH", "COMPOSE-PORT-MISMATCH", "ENV-SCHEME-PORT"]),
        new(["PROBE-MIXED-CONTENT", "PROBE-TLS-PLAINTEXT"], "", ["ENV-SCHEME-MISMATCH", "CLIENT-FIXED-WS-SCHEME", "ENV-SCHEME-PORT"]),
        new(["PROBE-101-ACCEPT"], "", ["NGINX-HANDSHAKE-HEADER"]),
        new(Crowded, "nginx", ["NGINX-LIMIT", "NGINX-WORKER-CONNECTIONS"]),
        new(Crowded, "traefik", ["TRAEFIK-INFLIGHT", "TRAEFIK-RATE-LOW"]),
        new(Crowded, "haproxy", ["HAPROXY-RATE-LOW", "HAPROXY-MAXCONN"]),
        new(Crowded, "", ["GCP-ARMOR-RATE-LOW", "GCP-RUN-CONCURRENCY", "AZ-APPSERVICE-FREE-LIMIT", "FLY-CONCURRENCY", "UVICORN-LIMITS", "APP-STICKY-FALLBACK"]),
        new(["HOST-OPEN-FILES"], "", ["HOST-NOFILE"]),
        new(["HOST-PORTS"], "", ["HOST-EPHEMERAL-PORTS"]),
        new(["HOST-CONNTRACK-TABLE", "HOST-LOG-CONNTRACK"], "", ["HOST-CONNTRACK"]),
        new(["HOST-ACCEPT-QUEUE", "HOST-LISTEN-DROPS", "HOST-LOG-SYN-FLOOD"], "", ["HOST-SOMAXCONN"]),
        new(["HOST-CPU-THROTTLED"], "", ["K8S-CPU-LIMIT"]),
        new(["HOST-MEMORY", "HOST-OOM", "HOST-LOG-OOM"], "", ["K8S-MEM-PER-CONN"]),
    ];

    /// <summary>Findings that say why it is so. A hop that hides its name may be any.</summary>
    internal static IEnumerable<LintFinding> Causes(string seen, IReadOnlyList<HopSeen> hops, LintReport lint) =>
        from row in Rows
        where row.Seen.Contains(seen) && (row.Platform.Length == 0 || hops.Any(h => h.MayBe(row.Platform)) || !hops.Any(h => h.Kind is HopKind.Proxy or HopKind.Edge or HopKind.Platform))
        from cause in row.Causes
        from finding in lint.Findings
        where finding.Rule.Id == cause
        select finding;
}
