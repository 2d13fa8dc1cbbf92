using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>What was seen from outside, and the line of a file that causes it, become one finding.</summary>
public sealed class DiagnosisTests
{
    private const string NoHeaders = "server {\n  location /ws {\n    proxy_pass http://app:8080;\n    proxy_read_timeout 3600s;\n  }\n}\n";
    private const string SixtySeconds = "server {\n  location /ws {\n    proxy_pass http://app:8080;\n    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection upgrade;\n    proxy_read_timeout 60s;\n  }\n}\n";

    private static readonly HopSeen Nginx = new("nginx", HopKind.Proxy, "server: nginx", "nginx");
    private static readonly HopSeen Haproxy = new("HAProxy", HopKind.Proxy, "its error page", "haproxy");

    [Fact]
    public void Headers_that_nginx_drops_are_joined_with_the_line_that_drops_them()
    {
        var diagnosis = new Diagnosis([Probe("PROBE-HTTP10", hops: Nginx)], Lint(NoHeaders), []);

        var first = diagnosis.Findings[0];
        Assert.Equal(("probe", "PROBE-HTTP10", true), (first.Section, first.Verdict.RuleId, first.IsJoined));
        Assert.StartsWith("It fails. The cause: nginx.conf:2: location /ws passes requests on without the headers Upgrade and Connection", first.Verdict.Headline);
        Assert.Equal("nginx.conf:2", first.Places[0].ToString());
        Assert.Contains("+    proxy_set_header Upgrade $http_upgrade;", first.Diff);
        Assert.DoesNotContain(diagnosis.Findings.Skip(1), f => f.Verdict.RuleId == "NGINX-UPGRADE-HEADERS");
    }

    [Fact]
    public void A_cut_is_joined_with_the_limit_that_has_its_length()
    {
        var diagnosis = new Diagnosis([Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(60.2), Nginx)], Lint(SixtySeconds), []);

        var first = diagnosis.Findings[0];
        Assert.Equal("nginx location /ws ends connections after 60 s of silence: nginx.conf:7.", first.Verdict.Headline);
        Assert.Equal(("NGINX-READ-TIMEOUT", 7), (first.Places[0].RuleId, first.Places[0].Line));
        Assert.DoesNotContain(diagnosis.Findings.Skip(1), f => f.Verdict.RuleId == "NGINX-READ-TIMEOUT");
    }

    [Fact]
    public void A_limit_of_another_length_is_another_cause()
    {
        var diagnosis = new Diagnosis([Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(30), Nginx)], Lint(SixtySeconds), []);

        Assert.False(diagnosis.Findings[0].IsJoined);
        Assert.Contains(diagnosis.Findings, f => f.Verdict.RuleId == "NGINX-READ-TIMEOUT");
    }

    [Fact]
    public void What_the_server_itself_closes_is_no_proxys_doing()
    {
        var probe = Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(60), Nginx);
        probe = probe with { Verdicts = [probe.Verdicts[0] with { Headline = "The server ends connections after 60 s of silence; with pings they live on." }] };

        Assert.False(new Diagnosis([probe], Lint(SixtySeconds), []).Findings[0].IsJoined);
    }

    [Fact]
    public void A_file_of_a_hop_that_does_not_answer_causes_nothing()
    {
        var diagnosis = new Diagnosis([Probe("PROBE-HTTP10", hops: Haproxy)], Lint(NoHeaders), []);

        Assert.All(diagnosis.Findings, f => Assert.False(f.IsJoined));
        Assert.Equal(["PROBE-HTTP10", "NGINX-UPGRADE-HEADERS"], diagnosis.Findings.Take(2).Select(f => f.Verdict.RuleId));
    }

    [Fact]
    public void A_hop_that_hides_its_name_may_be_the_one_of_the_files()
    {
        Assert.True(new Diagnosis([Probe("PROBE-400")], Lint(NoHeaders), []).Findings[0].IsJoined);
    }

    [Fact]
    public void The_gravest_comes_first_and_among_equals_what_was_seen()
    {
        var host = new CheckReport("host", [Step("HOST-CLOCK", Severity.Warning), Step("HOST-OPEN-FILES", Severity.Error)]);

        var diagnosis = new Diagnosis([Probe("PROBE-401")], Lint(NoHeaders), [host]);

        Assert.Equal(["PROBE-401", "NGINX-UPGRADE-HEADERS", "HOST-OPEN-FILES", "HOST-CLOCK"], diagnosis.Findings.Where(f => f.Verdict.Severity <= Severity.Error || f.Section == "host").Select(f => f.Verdict.RuleId));
        Assert.False(diagnosis.IsGood);
    }

    [Fact]
    public void Notes_are_told_and_are_no_fault()
    {
        var diagnosis = new Diagnosis([], null, [new CheckReport("host", [Step("HOST-LISTEN-DROPS", Severity.Info)])]);

        Assert.Equal((1, true, true), (diagnosis.Findings.Count, diagnosis.IsGood, diagnosis.IsReachable));
    }

    [Fact]
    public void Every_id_of_the_table_exists()
    {
        var probes = File.ReadAllText(Path.Combine(Repository.Root, "docs", "probe.md"));
        var hosts = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src", "Bascule.Diagnostics", "Host"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));

        Assert.All(CauseTable.Rows.SelectMany(r => r.Causes), id => Assert.NotNull(LintRules.Find(id)));
        Assert.All(CauseTable.Rows.SelectMany(r => r.Seen), id => Assert.Contains(id.StartsWith("HOST-", StringComparison.Ordinal) ? $"\"{id}\"" : $"`{id}`", id.StartsWith("HOST-", StringComparison.Ordinal) ? hosts : probes));
        Assert.All(CauseTable.Rows.Select(r => r.Platform).Where(p => p.Length > 0), platform => Assert.Contains(PlatformCatalogue.Embedded.Facts, f => f.Platform == platform));
    }

    public static TheoryData<string, string, string> Joins => [.. from row in CauseTable.Rows from seen in row.Seen from cause in row.Causes select (seen, row.Platform, cause)];

    [Theory]
    [MemberData(nameof(Joins))]
    public void The_example_of_every_cause_is_joined_with_what_is_seen_of_it(string seen, string platform, string cause)
    {
        var example = LintRules.Find(cause)!.Fires;
        HopSeen[] hops = platform.Length > 0 ? [new HopSeen(platform, HopKind.Proxy, "its sign", platform)] : [];

        var path = seen == "PROBE-SSE-BUFFERED" ? "events" : "ws";

        var diagnosis = seen.StartsWith("HOST-", StringComparison.Ordinal)
            ? new Diagnosis([], LintRun.Run(example.Files, example.Options), [new CheckReport("host", [Step(seen, Severity.Error)])])
            : new Diagnosis([Probe(seen, hops: hops) with { Url = $"wss://ws.example.com/{path}" }], LintRun.Run(example.Files, example.Options), []);

        Assert.Contains(diagnosis.Findings, f => f.Verdict.RuleId == seen && f.Places.Any(p => p.RuleId == cause));
    }

    [Theory]
    [InlineData("/ws", 80, "ws.example.com", true)]
    [InlineData("/ws/room", 80, "127.0.0.1", true)]
    [InlineData("/ws/fine/1", 80, "ws.example.com", false)]
    [InlineData("/exact", 80, "ws.example.com", false)]
    [InlineData("/ws/a.sock", 80, "ws.example.com", false)]
    [InlineData("/ws", 8081, "ws.example.com", false)]
    [InlineData("/ws", 80, "other.example.com", false)]
    public void Only_the_block_of_nginx_that_answers_the_URL_is_its_cause(string path, int port, string host, bool isCause)
    {
        const string good = "proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 3600s;";
        var lint = Lint($$"""
            server {
              listen 80;
              server_name ws.example.com;
              location /ws {
                proxy_pass http://app;
                proxy_read_timeout 3600s;
              }
              location /ws/fine { {{good}} }
              location = /exact { {{good}} }
              location ~ \.sock$ { {{good}} }
            }
            server {
              listen 80;
              server_name other.example.com;
              location /ws { {{good}} }
            }
            server {
              listen 8081;
              location /ws { {{good}} }
            }
            """);

        var diagnosis = new Diagnosis([Probe("PROBE-400", hops: Nginx) with { Url = $"ws://{host}:{port}{path}" }], lint, []);

        Assert.Equal(isCause, diagnosis.Findings[0].IsJoined);
        Assert.Contains(diagnosis.Findings, f => f.Places.Any(p => p.RuleId == "NGINX-UPGRADE-HEADERS" && p.Line == 4));
    }

    [Theory]
    [InlineData("/game/1", 3)]
    [InlineData("/idle", 4)]
    public void Of_two_limits_of_the_same_length_the_one_of_the_URL_is_named(string path, int line)
    {
        const string headers = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";
        var lint = Lint($"server {{\n  listen 80;\n  location /game {{ proxy_pass http://app; {headers} proxy_read_timeout 10s; }}\n  location /idle {{ proxy_pass http://app; {headers} proxy_read_timeout 10s; }}\n}}\n");

        var diagnosis = new Diagnosis([Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(10), Nginx) with { Url = $"ws://host{path}" }], lint, []);

        var first = diagnosis.Findings[0];
        Assert.EndsWith($"after 10 s of silence: nginx.conf:{line}.", first.Verdict.Headline);
        // The rule's heartbeat of 20 to 25 s would come too late.
        Assert.Equal($"fix It is set in nginx.conf:{line}.", first.Verdict.Fix);
    }

    [Theory]
    [InlineData("/noup/1", true)]
    [InlineData("/chat", false)]
    public void Only_the_route_of_Caddy_that_answers_the_URL_is_its_cause(string path, bool isCause)
    {
        var lint = LintRun.Run([("Caddyfile", "ws.example.com {\n  reverse_proxy /noup* app:8080 {\n    header_up -Upgrade\n  }\n  reverse_proxy /chat* app:8081\n}\n")], new LintOptions(AssumeWebSockets: true));

        var diagnosis = new Diagnosis([Probe("PROBE-400", hops: new HopSeen("Caddy", HopKind.Proxy, "server: Caddy", "caddy")) with { Url = $"wss://ws.example.com{path}" }], lint, []);

        Assert.Contains(lint.Findings, f => f.Rule.Id == "CADDY-UPGRADE-HEADERS");
        Assert.Equal(isCause, diagnosis.Findings[0].IsJoined);
    }

    [Fact]
    public void A_certificate_of_another_site_causes_nothing_here() =>
        Assert.False(new Diagnosis([Probe("PROBE-TLS-CERT") with { Url = "wss://localhost/ws" }], LintRun.Run(LintRules.Find("TLS-CERT-NAME")!.Fires.Files), []).Findings[0].IsJoined);

    private static LintReport Lint(string nginx) => LintRun.Run([("nginx.conf", nginx)]);

    private static ProbeStep Step(string rule, Severity severity) => new("step", StepResult.Warn, TimeSpan.Zero, "", Verdict(rule, severity));

    private static Verdict Verdict(string rule, Severity severity) => new(rule, severity, "It fails.", "seen", "why", "symptom", "fix", "");

    private static ProbeReport Probe(string rule, TimeSpan? idle = null, params HopSeen[] hops) =>
        new("wss://ws.example.com/ws", [Verdict(rule, Severity.Error)], [], hops, new ProbeFacts { IsReachable = true, IdleLimit = idle }, null, TimeSpan.Zero);
}
