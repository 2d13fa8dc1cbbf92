using System.Text;
using System.Text.Json;
using Bascule.Sessions;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>What users and operators do with sessions over HTTP.</summary>
public sealed class SessionApiTests
{
    [Fact]
    public async Task A_session_is_created_shown_listed_and_deleted()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");

        var (created, document, answer) = await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell","name":"mine","columns":120,"rows":40}""");
        var id = document.GetProperty("id").GetString()!;
        await bench.UntilAsync(id, SessionState.Running);
        var size = (bench.Host.Terminals[id]["columns"]!.ToString(), bench.Host.Terminals[id]["rows"]!.ToString());
        var shown = (await bench.CallAsync("GET", $"/api/sessions/{id}", alice)).Body;
        var listed = (await bench.CallAsync("GET", "/api/sessions?state=running", alice)).Body.GetProperty("sessions");
        var (deleted, over, _) = await bench.CallAsync("DELETE", $"/api/sessions/{id}", alice);

        Assert.Equal((201, $"/api/sessions/{id}", "no-store"), (created, answer.Field("Location"), answer.Field("Cache-Control")));
        Assert.Equal(("mine", "shell", "alice"), (Text(document, "name"), Text(document, "profile"), Text(document, "owner")));
        Assert.Equal(("running", id), (Text(shown, "state"), Text(listed[0], "id")));
        Assert.Equal(("120", "40"), size);
        Assert.Equal((200, "ended", "deleted"), (deleted, Text(over, "state"), Text(over.GetProperty("end"), "label")));
        Assert.Equal([id], bench.Host.Deleted);
    }

    [Fact]
    public async Task The_address_begins_as_the_client_itself_wrote_it()
    {
        await using var bench = await SessionBench.StartAsync(s => s with { ProxyUrl = "ws://proxy.svc" }, all => all with { Listen = all.Listen with { TrustedProxies = ["127.0.0.0/8"] } });

        var (_, plain, _) = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), """{"profile":"shell"}""");
        var (_, behind, _) = await bench.CallAsync(
            "POST", "/api/sessions", bench.TokenOf("alice"), """{"profile":"shell"}""", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: admin.example.org:8443");
        var (id, other) = (Text(plain, "id"), Text(behind, "id"));

        Assert.Equal(($"ws://gateway.test/ws/session/{id}/", $"http://gateway.test/terminal?session={id}", $"ws://proxy.svc/ws/session/{id}/"), (Text(plain, "url"), Text(plain, "page"), Text(plain, "internalUrl")));
        Assert.Equal(($"wss://admin.example.org:8443/ws/session/{other}/", $"https://admin.example.org:8443/terminal?session={other}"), (Text(behind, "url"), Text(behind, "page")));
    }

    [Fact]
    public async Task What_a_stranger_says_of_the_address_is_not_believed()
    {
        await using var bench = await SessionBench.StartAsync();

        var (_, document, _) = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), """{"profile":"shell"}""", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example");

        Assert.StartsWith("ws://gateway.test/", Text(document, "url"));
    }

    [Fact]
    public async Task A_command_of_case_A_runs_with_its_prefix_and_its_result_is_kept()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");
        var id = await bench.CreateAsync(alice, """{"profile":"gam","commandText":"info 'my domain'"}""");
        var before = await bench.CallAsync("GET", $"/api/sessions/{id}/result", alice);
        bench.Host.End(id, 3);
        await bench.UntilAsync(id, SessionState.Ended);

        var (status, result, _) = await bench.CallAsync("GET", $"/api/sessions/{id}/result", alice);
        var errors = (await bench.CallAsync("GET", $"/api/sessions/{id}/result?channel=2", alice)).Answer;

        Assert.Equal("""["gam","info","my domain"]""", bench.Host.Terminals[id]["command"]!.ToJsonString());
        Assert.Equal((202, "1", 200), (before.Status, before.Answer.Field("Retry-After"), status));
        Assert.Equal(("out\n", 3), (Encoding.UTF8.GetString(result.GetProperty("stdout").GetBytesFromBase64()), result.GetProperty("end").GetProperty("exitCode").GetInt32()));
        Assert.Equal(("err\n", "application/octet-stream"), (errors.Body, errors.Field("Content-Type")));
    }

    [Fact]
    public async Task Each_user_and_each_tenant_sees_only_its_own()
    {
        await using var bench = await SessionBench.StartAsync();
        var mine = await bench.BeginAsync(bench.TokenIn("acme", "alice"));

        var other = await bench.CallAsync("GET", "/api/sessions", bench.TokenIn("acme", "bob"));
        var namesake = await bench.CallAsync("GET", "/api/sessions", bench.TokenIn("evil", "alice"));
        var own = await bench.CallAsync("GET", "/api/sessions", bench.TokenIn("acme", "alice"));

        Assert.Equal((0, 0), (other.Body.GetProperty("sessions").GetArrayLength(), namesake.Body.GetProperty("sessions").GetArrayLength()));
        Assert.Equal((mine, "acme"), (Text(own.Body.GetProperty("sessions")[0], "id"), Text(own.Body.GetProperty("sessions")[0], "tenant")));
    }

    [Theory]
    [InlineData("""{"profile":"nothing"}""", 400, "session_order_invalid", "Open to you: gam, shell.")]
    [InlineData("""{"profil":"shell"}""", 400, "session_order_invalid", "at $.profil: there is no field 'profil'")]
    [InlineData("""{"profile":"shell","columns":"wide"}""", 400, "session_order_invalid", "at $.columns: a whole number is expected")]
    [InlineData("{}", 400, "session_order_invalid", "here: 'profile' is missing")]
    [InlineData("""{"profile":null}""", 400, "session_order_invalid", "at $.profile: it must not be null")]
    [InlineData("""{"profile":"shell","command":"ls"}""", 400, "session_order_invalid", "at $.command: a list is expected")]
    [InlineData("""{"profile":"shell","tty":"yes"}""", 400, "session_order_invalid", "at $.tty: true or false is expected")]
    [InlineData("""{"profile":"shell","environment":[]}""", 400, "session_order_invalid", "at $.environment: an object is expected")]
    [InlineData("""{"profile":["shell"]}""", 400, "session_order_invalid", "at $.profile: another type is expected")]
    [InlineData("""{"profile":"shell","profile":"gam"}""", 400, "session_order_invalid", "at $.profile: it is given twice")]
    [InlineData("""{"a\nb Path: c":"shell"}""", 400, "session_order_invalid", "there is no field 'a\nb Path: c'")]
    [InlineData("[]", 400, "session_order_invalid", "here: an object is expected")]
    [InlineData("""not json""", 400, "session_order_invalid", "not the JSON")]
    [InlineData("""{"profile":"gam"}""", 400, "session_order_invalid", "give one")]
    [InlineData("""{"profile":"gam","commandText":"info 'open"}""", 400, "session_order_invalid", "is not closed")]
    [InlineData("""{"profile":"ops"}""", 403, "session_forbidden", "is for other roles: ops")]
    [InlineData("""{"profile":"gam","command":["delete","users"]}""", 403, "command_not_allowed", "It may begin with: info, print users.")]
    [InlineData("""{"profile":"shell","command":["sh"]}""", 403, "command_not_allowed", "runs its own command only")]
    [InlineData("""{"profile":"shell","environment":{"LD_PRELOAD":"/tmp/x.so"}}""", 403, "session_forbidden", "does not let you set LD_PRELOAD")]
    public async Task An_order_that_cannot_be_carried_out_is_refused_with_what_is_wrong(string json, int status, string label, string detail)
    {
        await using var bench = await SessionBench.StartAsync();

        var (seen, problem, _) = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), json);

        Assert.Equal((status, label), (seen, Text(problem, "label")));
        Assert.Contains(detail, Text(problem, "detail"));
        Assert.Empty(bench.Host.Terminals);
    }

    [Fact]
    public async Task The_quota_of_a_user_and_the_rate_of_creations_are_told()
    {
        await using var bench = await SessionBench.StartAsync(s => s with { Quota = new SessionQuotaSettings { PerUser = 2, CreationRate = new RateSettings { Rate = "3/m", Burst = 3 } } });
        var alice = bench.TokenOf("alice");
        await bench.BeginAsync(alice);
        await bench.BeginAsync(alice);

        var full = await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell"}""");
        var often = await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell"}""");

        Assert.Equal((429, "session_quota"), (full.Status, Text(full.Body, "label")));
        Assert.Equal((429, "session_rate", "20"), (often.Status, Text(often.Body, "label"), often.Answer.Field("Retry-After")));

        bench.Time.Advance(TimeSpan.FromSeconds(8));
        var later = await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell"}""");

        Assert.Equal(("12", "after:12s"), (later.Answer.Field("Retry-After"), Text(later.Body, "retry")));
        Assert.EndsWith("Try again in 12 s.", Text(later.Body, "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_section_the_path_is_not_ours()
    {
        await using var gateway = await TestGateway.StartAsync(Configured.For("http://127.0.0.1:1"));

        Assert.Contains("route_not_found", (await gateway.GetAsync("/api/sessions")).Body);
    }

    [Fact]
    public async Task A_recording_comes_from_the_host_and_when_that_forgot_it_from_the_folder()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");
        var id = await bench.CreateAsync(alice);
        var none = await bench.CallAsync("GET", $"/api/sessions/{id}/recording", alice);
        bench.Host.Recording = "{\"version\":3}\n"u8.ToArray();
        var ofHost = (await bench.CallAsync("GET", $"/api/sessions/{id}/recording", alice)).Answer;
        bench.Host.Recording = null;
        Directory.CreateDirectory(Path.Combine(bench.DataFolder, "recordings"));
        await File.WriteAllTextAsync(Path.Combine(bench.DataFolder, "recordings", $"{id}.cast"), "kept");
        var ofFolder = (await bench.CallAsync("GET", $"/api/sessions/{id}/recording", alice)).Answer;

        Assert.Equal((404, "recording_not_found"), (none.Status, Text(none.Body, "label")));
        Assert.Contains("profile shell records nothing", none.Answer.Body);
        Assert.Equal(("{\"version\":3}\n", "application/x-asciicast", $"attachment; filename=\"{id}.cast\""), (ofHost.Body, ofHost.Field("Content-Type"), ofHost.Field("Content-Disposition")));
        Assert.Equal("kept", ofFolder.Body);
    }

    [Fact]
    public async Task A_link_is_for_looking_for_a_day_at_most()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");
        var id = await bench.BeginAsync(alice);

        var (status, link, _) = await bench.CallAsync("POST", $"/api/sessions/{id}/links", alice, "{}");
        var writing = await bench.CallAsync("POST", $"/api/sessions/{id}/links", alice, """{"role":"write"}""");
        var forever = await bench.CallAsync("POST", $"/api/sessions/{id}/links", alice, """{"minutes":100000}""");

        Assert.Equal((201, "read"), (status, Text(link, "role")));
        Assert.StartsWith($"http://gateway.test/terminal?session={id}&link=read.", Text(link, "url"));
        Assert.Equal(bench.Time.GetUtcNow().AddHours(1), link.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.Equal(("session_forbidden", "session_order_invalid"), (Text(writing.Body, "label"), Text(forever.Body, "label")));
    }

    [Fact]
    public async Task Operators_see_end_and_create_sessions_of_all_users()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));

        using var listed = JsonDocument.Parse(await bench.Gateway.AdminAsync("/api/sessions?user=alice"));
        using var shown = JsonDocument.Parse(await bench.Gateway.AdminAsync($"/api/sessions/{id}"));
        var (deleted, body) = await bench.Gateway.SendAsync(HttpMethod.Delete, bench.Gateway.AdminUrl, $"/api/sessions/{id}?why=test", $"Authorization: Bearer {TestGateway.AdminToken}");
        var (missing, _) = await bench.Gateway.SendAsync(HttpMethod.Get, bench.Gateway.AdminUrl, "/api/sessions/nothing", $"Authorization: Bearer {TestGateway.AdminToken}");

        Assert.Equal((id, FakeHost.Id), (Text(listed.RootElement.GetProperty("sessions")[0], "id"), Text(shown.RootElement, "host")));
        Assert.Equal((200, 404), ((int)deleted.StatusCode, (int)missing.StatusCode));
        Assert.Contains("Deleted by operator", body);
    }

    [Fact]
    public async Task The_view_of_the_surroundings_is_for_operators()
    {
        await using var bench = await SessionBench.StartAsync();
        Environment.SetEnvironmentVariable("BASCULE_TEST_TOKEN", "hunter2");

        // Programs are asked for their versions: none may hang on a clock that stands still.
        var asking = bench.Gateway.AdminAsync("/api/diagnostics/environment");
        await Eventually.HoldsAsync(() =>
        {
            if (!asking.IsCompleted)
                bench.Time.Advance(TimeSpan.FromMilliseconds(10));
            return asking.IsCompleted;
        });
        var seen = await asking;

        Assert.Contains("\"BASCULE_TEST_TOKEN\",\"value\":\"***\",\"isMasked\":true", seen);
        Assert.DoesNotContain("hunter2", seen);
        var (open, _) = await bench.Gateway.GetAsync("/api/diagnostics/environment");
        Assert.Equal(404, (int)open.StatusCode);
    }

    [Fact]
    public async Task Health_readiness_and_metrics_know_the_sessions()
    {
        await using var bench = await SessionBench.StartAsync();
        await bench.CreateAsync(bench.TokenOf("alice"));
        bench.Host.Refusal = "command_not_found";
        var failed = await bench.BeginAsync(bench.TokenOf("alice"));
        await bench.UntilAsync(failed, SessionState.Ended);
        await Eventually.HoldsAsync(() =>
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            return bench.Gateway.Rooms.Sessions.Readings.Any(r => r is { State: "running", Count: 1 });
        });

        using var health = JsonDocument.Parse((await bench.Gateway.GetAsync("/health")).Body);
        var check = health.RootElement.GetProperty("checks").GetProperty("sessions");

        Assert.Equal(("process", 1), (Text(check, "runner"), check.GetProperty("running").GetInt32()));
        Assert.Equal(1, await bench.Gateway.MetricAsync("bascule_sessions", "state=\"running\""));
        Assert.Equal(1, await bench.Gateway.MetricAsync("bascule_session_creations_total", "result=\"running\""));
        Assert.Equal(1, await bench.Gateway.MetricAsync("bascule_session_creations_total", "result=\"failed\"", "reason=\"command_not_found\""));
        Assert.Contains("bascule_session_start_duration_seconds_count 1\n", await bench.Gateway.AdminAsync("/metrics"));
    }

    [Fact]
    public async Task A_store_that_is_away_is_told_and_ready_says_so()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Store.IsAway = true;

        var asked = await bench.CallAsync("GET", "/api/sessions", bench.TokenOf("alice"));
        var created = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), """{"profile":"shell"}""");
        var (ready, text) = await bench.Gateway.GetAsync(bench.Gateway.AdminUrl, "/readyz");

        Assert.Equal((503, "session_store_unavailable", "5"), (asked.Status, Text(asked.Body, "label"), asked.Answer.Field("Retry-After")));
        Assert.Equal((503, "session_store_unavailable"), (created.Status, Text(created.Body, "label")));
        Assert.Equal(200, (int)ready.StatusCode);
        Assert.Contains("sessions: The store is away.", text);
    }

    private static string? Text(JsonElement document, string name) => document.TryGetProperty(name, out var value) ? value.GetString() : null;
}
