using Bascule.System.Tests;

namespace Bascule.Diagnostics.Tests;

/// <summary>The five field cases, rebuilt from their descriptions as folders and as servers: the first verdict names the true cause.</summary>
public sealed class FieldCaseTests
{
    private const string AppRunner = "abc123.us-east-1.awsapprunner.com";

    [Fact]
    public void Case_a_each_of_the_four_causes_is_named_first_once_those_before_it_are_repaired()
    {
        var folder = new CaseFolder("case-a");

        AssertFirst(folder.Lint(), "APP-NOT-WS-SERVER", "k8s/session.yaml", "python -m http.server");

        folder.Replace("k8s/session.yaml", "\"python\", \"-m\", \"http.server\", \"8080\"", "\"bascule\", \"agent\"")
            .Replace("pod/Dockerfile", "\"python\", \"-m\", \"http.server\", \"8080\"", "\"bascule\", \"agent\"")
            .Replace("server/index.js", "python -m http.server 8080", "bascule agent");
        AssertFirst(folder.Lint(), "ENV-SCHEME-MISMATCH", "web/.env.production:2", "ws://admin.example.com");

        folder.Replace("web/.env.production", "ws://", "wss://");
        AssertFirst(folder.Lint(), "IMAGE-WITHOUT-KUBECTL", "server/Dockerfile", "kubectl is not in this image");

        folder.Replace("server/Dockerfile", "RUN npm ci", "RUN apt-get update && apt-get install -y kubectl\nRUN npm ci");
        AssertFirst(folder.Lint(), "APP-INMEMORY-MULTI", "server/index.js", "up to 5 instances");
    }

    [Fact]
    public async Task Case_a_the_pod_answers_as_a_file_server()
    {
        await using var pod = await BackendProcess.FilesAsync();

        var report = await Probes.RunAsync(new Uri(pod.WebSocketUrl + "ws/session/4711/"));

        report.AssertFirst("PROBE-SERVER-SIMPLEHTTP", "A file server answers here", "http.server");
    }

    [Fact]
    public async Task Case_a_only_one_of_two_instances_knows_the_session()
    {
        var upgrades = 0;
        await using var service = SmallServer.Start(asked =>
            !asked.IsUpgrade ? asked.AnswerAsync("200 OK\r\nServer: Google Frontend")
            : asked.Head.Path == "/ws/session/4711/" && asked.Origin is not null && Interlocked.Increment(ref upgrades) % 2 == 1 ? asked.EchoAsync()
            : asked.AnswerAsync("404 Not Found\r\nServer: Google Frontend", "Error joining session"));

        var report = await Probes.RunAsync(service.Url(path: "/ws/session/4711/"));

        Assert.Contains("Redis", report.AssertFirst("PROBE-INSTANCES", "equal upgrades fail (404", "Sessions in the memory of one of them").Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_a_the_page_came_by_https_and_is_given_ws()
    {
        await using var service = SmallServer.Healthy();

        var report = await service.ProbeAsync("admin.example.com", t => t with { Origin = "https://admin.example.com" });

        report.AssertFirst("PROBE-MIXED-CONTENT", "A page of https://admin.example.com is given ws://");
    }

    [Fact]
    public void Case_b_the_files_show_an_App_Runner_service()
    {
        var report = new CaseFolder("case-b").Lint();

        AssertFirst(report, "AWS-APPRUNNER-WS", "backend/apprunner.yaml", "App Runner service");
        Assert.Contains("403", report.First!.Symptom, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://lab.example.com")]
    public async Task Case_b_the_host_is_an_App_Runner_service_which_answers_403_to_every_upgrade(string? origin)
    {
        await using var service = SmallServer.Start(asked => asked.IsUpgrade
            ? asked.AnswerAsync("403 Forbidden\r\ndate: Sat, 01 Mar 2025 10:00:00 GMT\r\nserver: envoy")
            : asked.AnswerAsync("200 OK\r\ncontent-type: application/json\r\nx-envoy-upstream-service-time: 2\r\nserver: envoy", """{"status":"ok"}"""));

        var report = await Probes.RunAsync(service.Url(AppRunner, "/terminal?session=1"), t => t with { Origin = origin });

        var verdict = report.AssertFirst("PROBE-403-ENVOY", "This host is an AWS App Runner service; App Runner answers 403 to every upgrade.");
        Assert.Equal(Severity.Error, verdict.Severity);
        Assert.Contains("https://", verdict.Source, StringComparison.Ordinal);
        Assert.Contains("Application Load Balancer", verdict.Fix, StringComparison.Ordinal);
        Assert.Contains("empty body", verdict.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_c_the_deploy_script_writes_over_the_mode()
    {
        var report = new CaseFolder("case-c").Lint();

        AssertFirst(report, "ENV-OVERWRITE", "scripts/deploy.sh:5", "WS_MODE was multi (.env:1) and becomes single");
        Assert.Contains("WS_SHARDS, WS_SLOTS_PER_SHARD, JWT_SECRET are lost", report.First!.Seen, StringComparison.Ordinal);
        Assert.Contains("+[ -f .env ] || printf", report.Findings[0].Diff, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", LintText.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case_c_more_than_half_of_the_handshakes_are_refused_under_load_and_none_of_them_alone()
    {
        const int crowd = 48;
        // As many as 12,000 attempts had in the field: 56.8 % failed.
        const int slots = 21;
        var open = 0;
        await using var balancer = SmallServer.Start(async asked =>
        {
            if (!asked.IsUpgrade)
            {
                await asked.AnswerAsync("200 OK");
                return;
            }

            var mine = Interlocked.Increment(ref open);
            try
            {
                await (mine > slots ? asked.AnswerAsync("503 Service Unavailable") : asked.EchoAsync());
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });

        var report = await balancer.ProbeAsync(options: o => o with { Handshakes = crowd });

        var verdict = report.AssertFirst("PROBE-CAPACITY", "56.3 % of the handshakes fail when 48 come at once (HTTP 503)", "a limit under load");
        Assert.Contains("TCP and TLS are fine", verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_d_the_true_causes_come_before_the_wrong_fixes()
    {
        var report = new CaseFolder("case-d").Lint();

        AssertFirst(report, "GCP-ARMOR-RATE-KEY-ALL", "terraform/lb.tf", "all clients together may make 100 requests in 60 s");
        var ids = report.Findings.Select(f => f.Rule.Id).ToList();
        Assert.Equal("GCP-RUN-TIMEOUT", report.Findings.First(f => f.Rule.Breaks == Breaks.Connection).Rule.Id);
        Assert.All(["GCP-NEG-TIMEOUT-SET", "GCP-LB-HOPBYHOP-HEADERS", "GCP-NEG-AFFINITY-IGNORED", "GCP-RUN-CPU-IDLE-BACKGROUND", "GCP-RUN-MIN-INSTANCES", "PATH-LIFETIME-CONTRADICTION", "ENV-MISSING-KEY"], id => Assert.Contains(id, ids));
        var errors = report.Findings.Where(f => f.Severity == Severity.Error).ToList();
        Assert.True(errors.FindLastIndex(f => !f.Rule.IsWrongFix) < errors.FindIndex(f => f.Rule.IsWrongFix), string.Join(", ", ids));
    }

    [Theory]
    [InlineData(Cut.Everybody, "PROBE-LIFETIME-CUT", "every connection after 30 s, busy or not")]
    [InlineData(Cut.Silent, "PROBE-IDLE-CUT", "after 30 s of silence")]
    public async Task Case_d_the_balancer_cuts_at_30_seconds_and_is_named(Cut cut, string ruleId, string words)
    {
        var report = await IdleLadder.RunAsync(cut, "Via: 1.1 google", TimeSpan.FromSeconds(30));

        report.AssertFirst(ruleId, "Google load balancer (its limit is 30 s unless set otherwise)", words);
        Assert.Equal(TimeSpan.FromSeconds(30), report.Facts.IdleLimit);
    }

    [Fact]
    public async Task Case_d_staging_fails_behind_the_balancer_while_the_service_itself_is_fine()
    {
        await using var staging = SmallServer.Start(asked => asked.AnswerAsync(asked.IsUpgrade ? "429 Too Many Requests\r\nVia: 1.1 google" : "200 OK\r\nVia: 1.1 google"));
        await using var service = SmallServer.Healthy();

        var report = await staging.ProbeAsync("staging.example.com", options: o => o with { Direct = new ProbeTarget(service.Url()) });

        report.AssertFirst("PROBE-DIRECT-FRONT", "The back end is fine", "Google load balancer", "a rate rule of Cloud Armor");
    }

    [Theory]
    [InlineData("?experience=wylding-woods", "PROBE-TOKEN", "No token was sent")]
    [InlineData("?token={expired}&experience=wylding-woods", "PROBE-TOKEN", "The token in the query (token) expired 3 hours ago")]
    [InlineData("?token={good}&experience=wilding-wods", "PROBE-QUERY", "the token is in time, so it does not know the value of experience")]
    [InlineData("?token={good}&experience=wylding-woods", "", "")]
    public async Task Case_e_an_unexplained_403_is_explained(string query, string ruleId, string words)
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var gateway = Gateway("403 Forbidden");
        var asked = query.Replace("{expired}", CaseTokens.Until(now.AddHours(-3)), StringComparison.Ordinal).Replace("{good}", CaseTokens.Until(now.AddHours(1)), StringComparison.Ordinal);

        var report = await Probes.RunAsync(gateway.Url(path: "/ws/experience" + asked));

        if (ruleId.Length == 0)
        {
            report.AssertGood();
            return;
        }

        report.AssertFirst(ruleId, words);
        Assert.DoesNotContain(CaseTokens.Signature, string.Concat(report.Steps.Select(s => s.Evidence + s.Verdict)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CaseTokens.Signature, "wilding-wods", "PROBE-QUERY", "does not know the value of experience: a made-up one gets the same answer (403)")]
    [InlineData("c29tZWJvZHktZWxzZQ", "wylding-woods", "PROBE-401", "refuses the token (401)")]
    public async Task Case_e_a_gateway_that_tells_its_refusals_apart_needs_no_guess(string signature, string experience, string ruleId, string words)
    {
        await using var gateway = Gateway("401 Unauthorized");
        var token = CaseTokens.Until(TimeProvider.System.GetUtcNow().AddHours(1), signature);

        var report = await Probes.RunAsync(gateway.Url(path: $"/ws/experience?experience={experience}&token={token}"));

        report.AssertFirst(ruleId, words);
    }

    /// <summary>Knows one experience and one signature; says nothing but a status.</summary>
    private static SmallServer Gateway(string tokenRefused) => SmallServer.Start(asked =>
    {
        if (asked.Head.Path != "/ws/experience")
            return asked.AnswerAsync("404 Not Found");
        if (!asked.IsUpgrade)
            return asked.AnswerAsync("426 Upgrade Required");
        var values = asked.Head.Query.TrimStart('?').Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[^1], StringComparer.Ordinal);
        var token = values.GetValueOrDefault("token", "");
        return !token.EndsWith(CaseTokens.Signature, StringComparison.Ordinal) || CaseTokens.EndOf(token) < TimeProvider.System.GetUtcNow() ? asked.AnswerAsync(tokenRefused)
            : values.GetValueOrDefault("experience") != "wylding-woods" ? asked.AnswerAsync("403 Forbidden")
            : asked.EchoAsync();
    });

    private static void AssertFirst(LintReport report, string ruleId, string place, string words)
    {
        Assert.True(report.First?.RuleId == ruleId, LintText.Write(report));
        Assert.StartsWith(place, report.First!.Headline, StringComparison.Ordinal);
        Assert.Contains(words, report.First.Headline, StringComparison.Ordinal);
    }
}
