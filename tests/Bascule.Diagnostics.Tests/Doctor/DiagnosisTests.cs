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

    private const string FiveSeconds = """
        server {
          listen 127.0.0.1:50999;
          server_name other.example;
          location /ws { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 5s; }
        }
        """;

    private const string Balanced = """
        defaults
          mode http
          timeout client 60s
          timeout server 60s
        frontend other
          bind :50998
          default_backend far
        frontend here
          bind 127.0.0.1:54265,[::1]:54265
          default_backend sockets
        backend far
          timeout tunnel 5s
          server s 127.0.0.1:9
        backend sockets
          timeout tunnel 5s
          server s 127.0.0.1:9
        """;

    [Fact]
    public void What_listens_on_another_port_is_a_guess_and_its_finding_stays_one_of_its_own()
    {
        var diagnosis = Cut(54265, [], ("nginx.conf", FiveSeconds));

        var first = diagnosis.Findings[0];
        Assert.False(first.IsJoined);
        Assert.Equal("It fails. It may be nginx location /ws, which ends connections after 5 s, nginx.conf:4: it is not known to answer here, for it listens on another port than 54265.", first.Verdict.Headline);
        Assert.Equal(("nginx.conf:4", null), (first.Places.Single().ToString(), first.Diff));
        Assert.Contains(diagnosis.Findings, f => f.Section == "lint" && f.Verdict.RuleId == "NGINX-READ-TIMEOUT");
    }

    [Fact]
    public void The_frontend_that_takes_the_URL_is_named_and_no_other_block_or_product()
    {
        var first = Cut(54265, [], ("nginx.conf", FiveSeconds), ("haproxy.cfg", Balanced)).Findings[0];

        Assert.True(first.IsJoined);
        Assert.Equal("HAProxy backend sockets ends connections after 5 s of silence: haproxy.cfg:15.", first.Verdict.Headline);
        Assert.Equal(["haproxy.cfg:15"], first.Places.Select(p => p.ToString()));
    }

    [Fact]
    public void A_product_that_another_one_speaks_against_is_not_even_guessed()
    {
        var first = Cut(50997, [Nginx], ("haproxy.cfg", Balanced)).Findings[0];

        Assert.Equal(("It fails.", false), (first.Verdict.Headline, first.IsJoined));
        Assert.Empty(first.Places);
    }

    [Theory]
    [InlineData("wss://other.example/ws", true)]
    [InlineData("wss://third.example/ws", false)]
    [InlineData("ws://other.example:9000/ws", false)]
    public void Behind_the_usual_ports_the_name_tells_which_block_it_is(string url, bool isJoined)
    {
        var probe = Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(5), Nginx) with { Url = url };

        Assert.Equal(isJoined, new Diagnosis([probe], Lint(FiveSeconds), []).Findings[0].IsJoined);
    }

    [Theory]
    [InlineData("8443:50999", true)]
    [InlineData("8444:50999", false)]
    public void A_port_that_Compose_publishes_under_another_number_is_followed(string ports, bool isJoined)
    {
        var compose = $"services:\n  proxy:\n    image: nginx:1.27\n    ports:\n      - \"{ports}\"\n";

        Assert.Equal(isJoined, Cut(8443, [Nginx], ("nginx.conf", FiveSeconds), ("compose.yaml", compose)).Findings[0].IsJoined);
    }

    [Theory]
    [InlineData(443, true)]
    [InlineData(444, false)]
    public void A_site_of_Apache_and_of_Caddy_answers_its_own_port(int port, bool isJoined)
    {
        const string apache = "<VirtualHost *:443>\n  ProxyPass /ws ws://app:8080/ws timeout=5\n</VirtualHost>\n";
        const string caddy = "ws.example.com {\n  reverse_proxy /ws app:8080 {\n    header_up -Upgrade\n  }\n}\n";
        var seen = Probe("PROBE-400", hops: new HopSeen("Caddy", HopKind.Proxy, "server: Caddy", "caddy")) with { Url = $"wss://ws.example.com:{port}/ws" };

        Assert.Equal(isJoined, Cut(port, [], ("apache.conf", apache)).Findings[0].IsJoined);
        Assert.Equal(isJoined, new Diagnosis([seen], LintRun.Run([("Caddyfile", caddy)], new LintOptions(AssumeWebSockets: true)), []).Findings[0].IsJoined);
    }

    private static Diagnosis Cut(int port, HopSeen[] hops, params (string Path, string Text)[] files) =>
        new([Probe("PROBE-IDLE-CUT", TimeSpan.FromSeconds(5), hops) with { Url = $"ws://127.0.0.1:{port}/ws" }], LintRun.Run(files, new LintOptions(AssumeWebSockets: true)), []);

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
