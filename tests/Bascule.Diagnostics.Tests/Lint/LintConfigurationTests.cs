namespace Bascule.Diagnostics.Tests;

/// <summary>Configurations as they run in the world, in the folder beside this file: right as they stand, and with one fault each.</summary>
public sealed class LintConfigurationTests
{
    /// <summary>What stands behind all of them: a server that pings.</summary>
    private static readonly (string, string) Server = ("behind/server.js", "const { WebSocketServer } = require('ws');\nconst wss = new WebSocketServer({ port: 8080 });\nsetInterval(() => wss.clients.forEach(c => c.ping()), 20000);\n");

    private static string Root => Path.Combine(LintRuleTests.Folder(), "Configurations");

    public static TheoryData<string> Names => [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_twenty_of_them() => Assert.True(Names.Count >= 20, $"{Names.Count}");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_right_one_gives_neither_error_nor_warning(string name)
    {
        var report = LintRun.Run([.. Files(name), Server]);

        Assert.NotEmpty(report.Intents);
        Assert.True(report.Findings.All(f => f.Severity == Severity.Info), LintText.Write(report));
    }

    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "nginx-site", "      proxy_set_header Upgrade $http_upgrade;\n", "", "NGINX-UPGRADE-HEADERS" },
        { "nginx-site", "Connection $connection_upgrade", "Connection close", "NGINX-CONNECTION-EMPTY" },
        { "nginx-site", "proxy_read_timeout 1h", "proxy_read_timeout 15s", "APP-PING-VS-IDLE" },
        { "nginx-site", "worker_connections 16384", "worker_connections 256", "NGINX-WORKER-CONNECTIONS" },
        { "nginx-includes", "  ip_hash;\n", "", "APP-STICKY-FALLBACK" },
        { "nginx-includes", "proxy_http_version 1.1;\n", "", "NGINX-HTTP-VERSION" },
        { "haproxy-tls", "  timeout client-fin 30s\n  timeout server 30s\n  timeout tunnel 1h\n", "  timeout server 15s\n", "APP-PING-VS-IDLE" },
        { "haproxy-tls", "maxconn 60000", "maxconn 500", "HAPROXY-MAXCONN" },
        { "haproxy-rate", "server s2 live-2:9000 check", "server s2 live-2:9443 ssl alpn h2 check", "HAPROXY-H2-BACKEND-WS" },
        { "caddy-site", "header_up X-Real-IP {remote_host}", "header_up Connection \"close\"", "CADDY-UPGRADE-HEADERS" },
        { "caddy-matcher", "stream_timeout 24h", "stream_timeout 10m", "PROXY-LIFETIME-SHORT" },
        { "envoy-static", "                upgrade_configs:\n                  - upgrade_type: websocket\n", "", "ENVOY-UPGRADE-CONFIG" },
        { "envoy-http2", "allow_connect: true", "max_concurrent_streams: 100", "ENVOY-H2-ALLOW-CONNECT" },
        { "traefik-files", "middlewares: [client-address]", "middlewares: [client-address, busy]", "TRAEFIK-INFLIGHT" },
        { "traefik-labels", "loadbalancer.server.port: \"8080\"", "loadbalancer.server.scheme: h2c", "TRAEFIK-H2C-BACKEND" },
        { "traefik-objects", "path: /healthz", "path: /ws", "HEALTHCHECK-ON-WS-PATH" },
        { "ingress-nginx", "proxy-read-timeout: \"3600\"", "proxy-read-timeout: \"10\"", "APP-PING-VS-IDLE" },
        { "ingress-nginx", "targetPort: http } ] }\n---", "targetPort: 9999 } ] }\n---", "K8S-TARGETPORT-MISMATCH" },
        { "ingress-alb", "    alb.ingress.kubernetes.io/scheme: internet-facing\n", "", "AWS-LBC-SCHEME-INTERNAL" },
        { "ingress-gce", "timeoutSec: 86400", "timeoutSec: 60", "GKE-BACKENDCONFIG-TIMEOUT" },
        { "ingress-gce", "    cloud.google.com/backend-config: '{\"default\": \"chat\"}'\n", "", "GKE-BACKENDCONFIG-UNUSED" },
        { "gateway-gke", "gke-l7-global-external-managed", "gke-l7-gxlb", "GKE-GATEWAY-CLASSIC-CLASS" },
        { "gateway-gke", "requestPath: /healthz", "requestPath: /ws", "HEALTHCHECK-ON-WS-PATH" },
        { "cloud-run", "      timeoutSeconds: 3600\n", "", "GCP-RUN-TIMEOUT PATH-LIFETIME-CONTRADICTION" },
        { "cloud-run", "name: http1", "name: h2c", "GCP-RUN-HTTP2" },
        { "google-balancer", "      enforce_on_key = \"IP\"\n", "", "GCP-ARMOR-RATE-KEY-ALL" },
        { "google-balancer", "protocol                        = \"HTTP\"", "protocol = \"HTTP2\"", "GCP-LB-BACKEND-HTTP2" },
        { "aws-ecs", "\"HTTP1\"", "\"GRPC\"", "AWS-ALB-TG-HTTP2" },
        { "aws-ecs", "default = 600", "default = 20", "APP-PING-VS-IDLE" },
        { "aws-edge", "    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all_viewer.id\n", "", "AWS-CF-HEADERS" },
        { "azure-gateway", "    websockets_enabled = true\n", "", "AZ-APPSERVICE-WS-OFF" },
        { "azure-edge", "  patterns_to_match   = [\"/ws/*\"]\n", "  patterns_to_match = [\"/ws/*\"]\n  cache {\n  }\n", "AZ-AFD-CACHE" },
        { "compose-stack", "http://chat:8080", "http://localhost:8080", "NGINX-TO-LOOPBACK" },
        { "compose-stack", "CMD [\"node\", \"server.js\"]", "CMD [\"npx\", \"serve\", \"-s\"]", "APP-NOT-WS-SERVER" },
        { "host", "LimitNOFILE=131072", "LimitNOFILE=1024", "HOST-NOFILE" },
        { "host", " --timeout=3600", "", "GCP-RUN-TIMEOUT" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void One_fault_in_it_gives_its_own_finding_and_no_other(string name, string right, string wrong, string rules)
    {
        var files = Files(name).ToList();
        Assert.Single(files, f => f.Text.Contains(right, StringComparison.Ordinal));

        var report = LintRun.Run([.. files.Select(f => (f.Path, f.Text.Replace(right, wrong, StringComparison.Ordinal))), Server]);

        var found = string.Join(' ', report.Findings.Where(f => f.Severity != Severity.Info).Select(f => f.Rule.Id).Distinct().Order(StringComparer.Ordinal));
        Assert.True(rules == found, $"expected: {rules}\nfound: {found}\n{LintText.Write(report)}");
    }

    private static IEnumerable<(string Path, string Text)> Files(string name) => FolderWalk.Read(["."], Path.Combine(Root, name));
}
