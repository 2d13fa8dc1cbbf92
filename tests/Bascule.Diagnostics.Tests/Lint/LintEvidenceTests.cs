namespace Bascule.Diagnostics.Tests;

/// <summary>What a finding names as its evidence, and where evidence for the contrary keeps a rule silent.</summary>
public sealed class LintEvidenceTests
{
    [Theory]
    [InlineData("ports: [\"80:3000\"]", "PORT: \"8080\"", "", "chat listens on 8080 (PORT in compose.yaml:6), and published is its port 3000")]
    [InlineData("ports: [{ target: 3000, published: 80 }]", "PORT: \"8080\"", "", "published is its port 3000")]
    [InlineData("ports: [\"127.0.0.1:80:3000/tcp\", \"81:3001\"]", "A: b", "node server.js --port 8080", "chat listens on 8080 (its command), and published is its port 3000, 3001")]
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
    public void What_fits_or_is_decided_elsewhere_is_left_alone(string ports, string variable, string command) =>
        Assert.Empty(Mismatches(Compose(ports, variable, command)));

    [Fact]
    public void A_service_that_others_reach_inside_may_publish_something_else() =>
        Assert.Empty(Mismatches(Compose("ports: [\"9229:9229\"]", "PORT: \"8080\"", ""), ("nginx.conf", "server { location / { proxy_pass http://chat:8080; } }\n")));

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
