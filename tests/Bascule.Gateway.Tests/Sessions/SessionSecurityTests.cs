using System.Text.Json;
using Bascule.Sessions;

namespace Bascule.Gateway.Tests;

/// <summary>Who must not get in, does not, and is told why: by connection and by API.</summary>
public sealed class SessionSecurityTests
{
    [Fact]
    public async Task A_page_of_another_origin_may_neither_attach_nor_create()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");
        var id = await bench.BeginAsync(alice);

        var attached = await SessionBench.RefusedAsync(await bench.AttachAsync(id, alice, "", SessionBench.Term, "Origin: https://evil.example"));
        var created = await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"shell"}""", "Origin: https://evil.example");
        var preflight = await bench.CallAsync("OPTIONS", "/api/sessions", null, null, "Origin: https://evil.example", "Access-Control-Request-Method: POST");

        Assert.Equal((403, "origin_denied"), (attached.Status, attached.Label));
        Assert.Equal((403, "origin_denied"), (created.Status, Label(created.Body)));
        Assert.Null(created.Answer.Field("Access-Control-Allow-Origin"));
        Assert.Equal(403, preflight.Status);
    }

    [Fact]
    public async Task A_page_of_ours_may_and_a_browser_is_told_by_a_close_frame()
    {
        await using var bench = await SessionBench.StartAsync();
        var preflight = await bench.CallAsync("OPTIONS", "/api/sessions", null, null, $"Origin: {Ask.OwnPage}");
        var browser = await bench.Gateway.SendAsync(new Ask($"/terminal?session={SessionId.New()}").AsBrowser().WithToken(bench.TokenOf("alice")).With(SessionBench.Term));

        Assert.Equal((204, "GET, POST", Ask.OwnPage), (preflight.Status, preflight.Answer.Field("Access-Control-Allow-Methods"), preflight.Answer.Field("Access-Control-Allow-Origin")));
        Assert.Equal(101, (await browser.ReadAnswerAsync()).Status);
        var close = await browser.ReadCloseAsync();
        Assert.Equal(4404, close.CloseCode);
        Assert.StartsWith("session_not_found; retry=never; attempt=", close.CloseReason);
    }

    [Theory]
    [InlineData("POST", "/api/sessions")]
    [InlineData("GET", "/api/sessions")]
    [InlineData("GET", "/api/sessions/ID")]
    [InlineData("DELETE", "/api/sessions/ID")]
    [InlineData("GET", "/api/sessions/ID/result")]
    [InlineData("GET", "/api/sessions/ID/recording")]
    [InlineData("POST", "/api/sessions/ID/links")]
    public async Task Without_a_token_nothing_is_answered(string method, string path)
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.BeginAsync(bench.TokenOf("alice"));

        var (status, body, _) = await bench.CallAsync(method, path.Replace("ID", id, StringComparison.Ordinal), null, method == "POST" ? """{"profile":"shell"}""" : null);

        Assert.Equal((401, "token_missing"), (status, Label(body)));
    }

    [Fact]
    public async Task Without_a_token_or_with_a_bad_one_nobody_attaches()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.BeginAsync(bench.TokenOf("alice"));

        var missing = await SessionBench.RefusedAsync(await bench.AttachAsync(id, token: null));
        var bad = await SessionBench.RefusedAsync(await bench.AttachAsync(id, Tokens.Unsigned()));
        var forged = await SessionBench.RefusedAsync(await bench.AttachAsync(id, token: null, "?link=read.9999999999.Zm9yZ2Vk"));

        Assert.Equal(("token_missing", "token_algorithm_refused", "session_link_invalid"), (missing.Label, bad.Label, forged.Label));
    }

    [Theory]
    [InlineData("GET", "/api/sessions/ID")]
    [InlineData("DELETE", "/api/sessions/ID")]
    [InlineData("GET", "/api/sessions/ID/result")]
    [InlineData("GET", "/api/sessions/ID/recording")]
    [InlineData("POST", "/api/sessions/ID/links")]
    public async Task The_session_of_another_user_is_as_one_that_is_not_there(string method, string path)
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"));
        var mallory = bench.TokenOf("mallory", "admin");

        var others = await bench.CallAsync(method, path.Replace("ID", id, StringComparison.Ordinal), mallory, method == "POST" ? "{}" : null);
        var nobodys = await bench.CallAsync(method, path.Replace("ID", SessionId.New().ToString(), StringComparison.Ordinal), mallory, method == "POST" ? "{}" : null);
        var attached = await SessionBench.RefusedAsync(await bench.AttachAsync(id, mallory));

        Assert.Equal((404, "session_not_found"), (others.Status, Label(others.Body)));
        Assert.Equal(WithoutAttempt(nobodys.Body), WithoutAttempt(others.Body));
        Assert.Equal((404, "session_not_found"), (attached.Status, attached.Label));
        Assert.Empty(bench.Host.Deleted);
    }

    [Fact]
    public async Task Who_lost_the_role_of_the_profile_has_lost_its_sessions()
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice", "ops"), """{"profile":"ops"}""");

        var refused = await SessionBench.RefusedAsync(await bench.AttachAsync(id, bench.TokenOf("alice")));

        Assert.Equal((403, "session_forbidden"), (refused.Status, refused.Label));
        Assert.Equal(101, (await (await bench.AttachAsync(id, bench.TokenOf("alice", "ops"))).ReadAnswerAsync()).Status);
    }

    [Fact]
    public async Task A_link_for_one_session_opens_no_other_and_no_API()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");
        var (one, two) = (await bench.CreateAsync(alice), await bench.CreateAsync(alice));
        var (_, link, _) = await bench.CallAsync("POST", $"/api/sessions/{one}/links", alice, "{}");
        var query = new Uri(link.GetProperty("webSocket").GetString()!).Query;

        var other = await SessionBench.RefusedAsync(await bench.AttachAsync(two, token: null, query));
        var deleting = await bench.CallAsync("DELETE", $"/api/sessions/{one}{query}", null);

        Assert.Equal("session_link_invalid", other.Label);
        Assert.Equal((401, "token_missing"), (deleting.Status, Label(deleting.Body)));
    }

    [Theory]
    [InlineData("info x; rm -rf /", new[] { "gam", "info", "x;", "rm", "-rf", "/" })]
    [InlineData("info $(id) `id` | tee > f && x", new[] { "gam", "info", "$(id)", "`id`", "|", "tee", ">", "f", "&&", "x" })]
    [InlineData("info \"a b\" 'c d' e\\ f *", new[] { "gam", "info", "a b", "c d", "e f", "*" })]
    public async Task Signs_of_a_shell_are_words_like_all_others(string line, string[] words)
    {
        await using var bench = await SessionBench.StartAsync();
        var id = await bench.CreateAsync(bench.TokenOf("alice"), JsonSerializer.Serialize(new { profile = "gam", commandText = line }));

        Assert.Equal(words, bench.Host.Terminals[id]["command"]!.AsArray().Select(word => word!.GetValue<string>()));
    }

    [Theory]
    [InlineData("delete info")]
    [InlineData("print")]
    [InlineData("infox domain")]
    [InlineData("sh -c 'info'")]
    public async Task A_command_that_only_looks_like_an_allowed_one_is_refused(string line)
    {
        await using var bench = await SessionBench.StartAsync();

        var (status, body, _) = await bench.CallAsync("POST", "/api/sessions", bench.TokenOf("alice"), JsonSerializer.Serialize(new { profile = "gam", commandText = line }));

        Assert.Equal((403, "command_not_allowed"), (status, Label(body)));
    }

    [Fact]
    public async Task The_environment_of_the_gateway_and_the_secret_of_its_host_do_not_leak_into_orders()
    {
        Environment.SetEnvironmentVariable("BASCULE_TEST_TOKEN", "hunter2");
        await using var bench = await SessionBench.StartAsync();

        var id = await bench.CreateAsync(bench.TokenOf("alice"), """{"profile":"shell","environment":{"LANG":"C.UTF-8"}}""");

        var order = bench.Host.Terminals[id];
        Assert.Equal("""{"LANG":"C.UTF-8"}""", order["environment"]!.ToJsonString());
        Assert.DoesNotContain("hunter2", order.ToJsonString());
        Assert.DoesNotContain(order["key"]!.GetValue<string>(), (await bench.CallAsync("GET", $"/api/sessions/{id}", bench.TokenOf("alice"))).Answer.Body);
    }

    [Theory]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    [InlineData("%2e%2e")]
    [InlineData("....")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    public async Task The_name_of_a_recording_leads_nowhere_else(string name)
    {
        await using var bench = await SessionBench.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(bench.DataFolder, "passwd.cast"), "secret");

        var (status, body, answer) = await bench.CallAsync("GET", $"/api/sessions/{name}/recording", bench.TokenOf("alice"));

        Assert.Equal((404, "session_not_found"), (status, Label(body)));
        Assert.DoesNotContain("secret", answer.Body);
    }

    [Fact]
    public async Task An_order_of_a_form_or_of_too_many_bytes_is_not_read()
    {
        await using var bench = await SessionBench.StartAsync();
        var alice = bench.TokenOf("alice");

        var form = await bench.Gateway.SendAsync(HttpMethod.Post, bench.Gateway.Url, "/api/sessions", $"Authorization: Bearer {alice}", "Content-Type: text/plain");
        var large = await bench.CallAsync("POST", "/api/sessions", alice, $$"""{"profile":"{{new string('x', 300_000)}}"}""");

        Assert.Contains("send Content-Type: application/json", form.Body);
        Assert.Contains("larger than", large.Answer.Body);
    }

    [Fact]
    public async Task What_is_done_and_denied_is_in_the_audit_log_without_a_word_of_the_command()
    {
        await using var bench = await SessionBench.StartAsync(also: s => s with { Audit = s.Audit with { File = "audit.ndjson" } });
        var alice = bench.TokenIn("acme", "alice");
        var id = await bench.CreateAsync(alice, """{"profile":"gam","commandText":"info very-secret-domain"}""");
        await bench.CallAsync("POST", "/api/sessions", alice, """{"profile":"gam","commandText":"drop very-secret-domain"}""");
        await bench.CallAsync("GET", $"/api/sessions/{id}", bench.TokenOf("mallory"));
        await bench.CallAsync("DELETE", $"/api/sessions/{id}", alice);

        var file = Path.Combine(bench.DataFolder, "audit.ndjson");
        await Eventually.HoldsAsync(() => File.Exists(file) && ReadShared(file).Contains("session_deleted", StringComparison.Ordinal));
        var entries = ReadShared(file).Split('\n').Where(line => AuditJson.TryRead(line, out _)).Select(line => AuditJson.TryRead(line, out var entry) ? entry : null!).ToList();

        var created = Assert.Single(entries, e => e.Kind == AuditKinds.SessionCreated);
        var (refused, denied) = (Assert.Single(entries, e => e is { Kind: AuditKinds.SessionDenied, What: "create" }), Assert.Single(entries, e => e is { Kind: AuditKinds.SessionDenied, What: "use" }));
        var deleted = Assert.Single(entries, e => e.Kind == AuditKinds.SessionDeleted);
        Assert.Equal((id, "alice", "acme", "gam", SessionAudit.HashOf(["gam", "info", "very-secret-domain"])), (created.Session, created.Subject, created.Tenant, created.Profile, created.CommandHash));
        Assert.Equal(("command_not_allowed", "session_not_found", "mallory"), (refused.Reason, denied.Reason, denied.Subject));
        Assert.Equal((id, "alice", "deleted"), (deleted.Session, deleted.Subject, deleted.Reason));
        Assert.StartsWith("127.0.0.1", created.Client);
        Assert.DoesNotContain("very-secret-domain", ReadShared(file));
    }

    [Fact]
    public async Task Who_takes_over_the_writing_is_in_the_audit_log_with_whom_he_took_it_from()
    {
        await using var bench = await SessionBench.StartAsync(also: s => s with { Audit = s.Audit with { File = "audit.ndjson" } });
        var id = await bench.CreateAsync(bench.TokenIn("acme", "alice"));

        bench.Host.TakeOver(id, 2, "bob", "alice", "0123456789abcdef0123456789abcdef");

        var file = Path.Combine(bench.DataFolder, "audit.ndjson");
        AuditEntry? taken = null;
        await Eventually.HoldsAsync(() => File.Exists(file) && ReadShared(file).Split('\n').Any(line => AuditJson.TryRead(line, out taken) && taken.Kind == AuditKinds.SessionRole));
        Assert.Equal((id, "shell", "acme", "bob", "alice"), (taken!.Session, taken.Profile, taken.Tenant, taken.Subject, taken.FromSubject));
        Assert.Equal(("write", "fence 2", "192.0.2.7:4711", "0123456789abcdef0123456789abcdef"), (taken.Role, taken.Detail, taken.Client, taken.Attempt.ToString()));
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), taken.Time);
    }

    private static string ReadShared(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static string? Label(JsonElement problem) => problem.GetProperty("label").GetString();

    private static string WithoutAttempt(JsonElement problem) => string.Join('\n', problem.EnumerateObject().Where(p => p.Name != "attempt").Select(p => p.ToString()));
}
