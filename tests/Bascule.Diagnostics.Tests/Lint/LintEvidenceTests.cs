namespace Bascule.Diagnostics.Tests;

/// <summary>What a finding names as its evidence, and where evidence for the contrary keeps a rule silent.</summary>
public sealed class LintEvidenceTests
{
    [Theory]
    [InlineData("ports: [\"80:3000\"]", "PORT: \"8080\"", "", "chat listens on 8080 (PORT in compose.yaml:6), and published is its port 3000")]
    [InlineData("ports: [{ target: 3000, published: 80 }]", "PORT: \"8080\"", "", "published is its port 3000")]
    [InlineData("ports: [\"127.0.0.1:80:3000/tcp\", \"443:3001\", \"9229:9229\"]", "A: b", "node server.js --port 8080", "chat listens on 8080 (its command), and published is its port 3000, 3001")]
    [InlineData("ports: [\"80:8080\"]", "PORT: \"8080\"", "node server.js --port 3000", "chat listens on 3000 (its command)")]
    public void A_published_port_on_which_nobody_listens_is_found(string ports, string variable, string command, string seen)
    {
        var finding = Assert.Single(Mismatches(Compose(ports, variable, command)));

        Assert.Contains(seen, finding.Seen);
    }

    [Theory]
    [InlineData("ports: [\"80:8080\", \"9229:9229\"]", "PORT: \"8080\"", "")]
    [InlineData("ports: [\"3000-3005:3000-3005\"]", "PORT: \"8080\"", "")]
    [InlineData("ports: [\"80:${INSIDE:-3000}\"]", "PORT: \"8080\"", "")]
    [InlineData("ports: [\"80:3000\"]", "PORT: \"${PORT}\"", "")]
    [InlineData("ports: [\"9229:9229\"]\n    expose: [\"8080\"]", "PORT: \"8080\"", "")]
    [InlineData("ports: [\"80:3000\"]", "A: b", "node server.js --port $PORT")]
    [InlineData("ports: [\"127.0.0.1:9229:9229\"]", "PORT: \"3000\"", "")]
    [InlineData("ports: [\"9464:9464\"]", "PORT: \"3000\"", "")]
    [InlineData("ports: [\"3478:3478/udp\"]", "PORT: \"3000\"", "")]
    [InlineData("ports: [\"8080:3000\"]", "PORT: \"3000\"", "sh -c \"pg_isready -h db -p 5432 -t 30 && exec node server.js\"")]
    [InlineData("ports: [\"8080:8080\"]", "A: b", "sh -c \"PORT=8080 exec node server.js\"")]
    [InlineData("ports: [\"80:80\"]\n    labels: [\"traefik.http.services.chat.loadbalancer.server.port=3000\"]", "PORT: \"3000\"", "")]
    [InlineData("ports: [\"80:80\"]\n  caddy:\n    image: caddy\n    network_mode: \"service:chat\"", "PORT: \"3000\"", "")]
    public void What_fits_or_is_decided_elsewhere_is_left_alone(string ports, string variable, string command) =>
        Assert.Empty(Mismatches(Compose(ports, variable, command)));

    [Fact]
    public void A_service_that_others_reach_inside_may_publish_something_else() =>
        Assert.Empty(Mismatches(Compose("ports: [\"9229:9229\"]", "PORT: \"8080\"", ""), ("nginx.conf", "server { location / { proxy_pass http://chat:8080; } }\n")));

    [Fact]
    public void A_proxy_knows_its_ports_by_files_of_its_own() =>
        Assert.Empty(Mismatches(("compose.yaml", "services:\n  web:\n    image: nginx:1.29\n    environment:\n      PORT: \"8080\"\n    ports: [\"8081:80\"]\n")));

    [Theory]
    [InlineData("WS_UPSTREAM_URL=ws://api.internal.example.com:8080/ws")]
    [InlineData("SHARD_1_URL=ws://shard1.vpc.example.net:9000")]
    [InlineData("VITE_WS_URL=ws://192.168.1.20:8080/ws")]
    [InlineData("WS_URL=ws://10.0.3.4:8080/ws")]
    public void An_address_that_no_page_over_https_reads_may_be_without_TLS(string line) =>
        Assert.DoesNotContain(LintRun.Run([(".env", $"APP_URL=https://app.example.com\n{line}\n")]).Findings, f => f.Rule.Id == "ENV-SCHEME-MISMATCH");

    [Fact]
    public void The_grace_of_Traefik_is_that_of_its_end_and_not_of_a_reload() =>
        Assert.DoesNotContain(LintRun.Run([("traefik.yml", "entryPoints:\n  web:\n    address: \":80\"\n    transport:\n      lifeCycle:\n        graceTimeOut: 20s\n")], new LintOptions(AssumeWebSockets: true)).Findings, f => f.Rule.Id == "PROXY-RELOAD-DROPS");

    [Theory]
    [InlineData(1000, "1000 are assumed (--sockets says how many)")]
    [InlineData(1500, "1500 are expected")]
    public void A_number_that_nobody_gave_is_told_as_assumed(int sockets, string told) =>
        Assert.Contains(LintRun.Run([("nginx.conf", "events { worker_connections 512; }\nhttp { server { location /ws { proxy_pass http://app; } } }\n")], new LintOptions(sockets)).Findings, f => f.Seen.EndsWith(told, StringComparison.Ordinal));

    [Fact]
    public void An_address_without_TLS_is_told_with_what_shows_that_pages_have_it()
    {
        (string, string) env = (".env", "VITE_WS_URL=ws://api.example.com/ws\n");

        Assert.EndsWith("; the pages come by https: FRONTEND_URL in prod.env:1", Mixed(env, ("prod.env", "FRONTEND_URL=https://app.example.com\n")));
        Assert.EndsWith("; nginx serves https: nginx.conf:2", Mixed(env, ("nginx.conf", "server {\n  listen 443 ssl;\n}\n")));
        Assert.EndsWith("ws://api.example.com", Mixed(env));

        static string Mixed(params (string, string)[] files) => Assert.Single(LintRun.Run(files).Findings, f => f.Rule.Id == "ENV-SCHEME-MISMATCH").Seen;
    }

    private static (string, string) Compose(string ports, string variable, string command) =>
        ("compose.yaml", $"services:\n  chat:\n    image: chat\n    {ports}\n    environment:\n      {variable}\n{(command.Length > 0 ? $"    command: {command}\n" : "")}");

    private static IEnumerable<LintFinding> Mismatches(params (string, string)[] files) => LintRun.Run(files).Findings.Where(f => f.Rule.Id == "COMPOSE-PORT-MISMATCH");
}
