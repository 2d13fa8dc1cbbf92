namespace Bascule.Settings.Tests;

/// <summary>What must hold of sessions before the first one can be made.</summary>
public sealed class SessionRuleTests
{
    private const string Secret = "a secret of thirty-two characters";
    private const string Shell = """ "profiles": { "shell": { "command": ["bash", "-l"] } } """;
    private const string Open = $$""" "auth": "none", {{Shell}} """;
    private const string Keys = """ "auth": { "jwt": { "keys": ["secret:0123456789abcdef0123456789abcdef"] } }, """;

    [Fact]
    public void A_shell_for_users_with_a_token_needs_one_line()
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ {{Keys}} "storage": "sqlite:b.db", "sessions": { {{Shell}} } }""");

        var loaded = folder.LoadGood();

        var sessions = loaded.Settings.Sessions!;
        Assert.Empty(loaded.Notices);
        Assert.Equal((AuthPolicy.Required, "/ws/session/{{SESSION_ID}}/"), (sessions.Auth, sessions.Path));
        Assert.Equal((5, 50, "3/m", 5), (sessions.Quota.PerUser, sessions.Quota.PerTenant, sessions.Quota.CreationRate.Rate, sessions.Quota.CreationRate.Burst));
        Assert.Equal(["/ws/session/{session}/", "/terminal"], SessionRoutes.Of(loaded.Settings).Select(r => r.Path));
    }

    [Fact]
    public void Without_the_section_there_are_no_sessions_and_no_routes_to_them() => Assert.Empty(SessionRoutes.Of(SettingsFolder.SettingsOf("{}")));

    [Fact]
    public void A_configured_route_goes_before_the_one_that_comes_with_sessions()
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ "routes": [{ "name": "mine", "path": "/ws/session/{id}/", "auth": "none", "sessions": true }], "sessions": { {{Open}} } }""");

        var route = Assert.Single(SessionRoutes.Of(folder.LoadGood().Settings));

        Assert.Equal("/terminal", route.Path);
    }

    [Theory]
    [InlineData(""" "auth": "none" """, "sessions.profiles", "is missing or empty")]
    [InlineData(Shell, "sessions.auth", "looks at tokens, but auth.jwt does not say how to check them")]
    [InlineData(""" "auth": "gateway",""" + Shell, "sessions.auth", "is gateway")]
    [InlineData(Open + """, "path": "/ws/session/" """, "sessions.path", "does not have {{SESSION_ID}} as one of its segments, once")]
    [InlineData(Open + """, "path": "/ws/s-{{SESSION_ID}}/" """, "sessions.path", "does not have {{SESSION_ID}}")]
    [InlineData(Open + """, "path": "ws/{{SESSION_ID}}/" """, "sessions.path", "does not start with /")]
    [InlineData(Open + """, "path": "/_bascule/{{SESSION_ID}}/" """, "sessions.path", "lies under /_bascule")]
    [InlineData(Open + """, "internalUrl": "http://proxy/{{SESSION_ID}}" """, "sessions.internalUrl", "is not the URL of a WebSocket")]
    [InlineData(Open + """, "internalUrl": "ws://proxy/" """, "sessions.internalUrl", "does not have {{SESSION_ID}}")]
    [InlineData(Open + """, "proxyUrl": "ws://proxy/path" """, "sessions.proxyUrl", "is not the beginning")]
    [InlineData(Open + """, "secretFile": "nowhere" """, "sessions.secretFile", "names a file that does not exist")]
    [InlineData(Open + """, "quota": { "perUser": 60 } """, "sessions.quota.perUser", "is above sessions.quota.perTenant (50)")]
    [InlineData(Open + """, "quota": { "creationRate": "3/min" } """, "sessions.quota.creationRate.rate", "is no rate")]
    [InlineData(Open + """, "process": { "listen": "https://127.0.0.1:0" } """, "sessions.process.listen", "is no address")]
    [InlineData(Open + """, "process": { "listen": "http://0.0.0.0:7000" } """, "sessions.process.advertise", "is missing")]
    [InlineData(Open + """, "process": { "advertise": "http://box" } """, "sessions.process.advertise", "is neither a name nor an address")]
    [InlineData(Open + """, "runner": "kubernetes" """, "sessions.profiles.shell.image", "is missing, and so is sessions.kubernetes.image")]
    [InlineData(Open + """, "runner": "kubernetes", "kubernetes": { "image": "i", "owner": "bascule" } """, "sessions.kubernetes.owner", "is not RESOURCE/NAME")]
    [InlineData(Open + """, "runner": "kubernetes", "kubernetes": { "image": "i", "apiServer": "ftp://api" } """, "sessions.kubernetes.apiServer", "is not the URL of an API server")]
    [InlineData(Open + """, "runner": "kubernetes", "kubernetes": { "image": "i", "kubeconfig": "nowhere" } """, "sessions.kubernetes.kubeconfig", "names a file that does not exist")]
    [InlineData(Open + """, "runner": "kubernetes", "kubernetes": { "image": "i", "labels": { "bascule.io/x": "y" } } """, "sessions.kubernetes.labels", "holds bascule.io/x")]
    public void What_could_not_work_is_a_fault(string sessions, string path, string problem) => MustFail($$"""{ "sessions": { {{sessions}} } }""", path, problem);

    [Theory]
    [InlineData("{}", "", "has neither a command nor words")]
    [InlineData("""{ "command": ["bash -l"] }""", ".command", "is one word with spaces in it")]
    [InlineData("""{ "command": [""] }""", ".command", "names no program")]
    [InlineData("""{ "allow": ["info domain", " "] }""", ".allow", "holds an entry without a word")]
    [InlineData("""{ "command": ["sh"], "roles": ["ops"] }""", ".roles", "asks for roles, but sessions.auth is none")]
    [InlineData("""{ "command": ["sh"], "environment": { "BASCULE_SESSION_ID": "x" } }""", ".environment", "holds \"BASCULE_SESSION_ID\"")]
    [InlineData("""{ "command": ["sh"], "environment": { "A B": "x" } }""", ".environment", "holds \"A B\"")]
    public void A_profile_that_gives_nothing_or_too_much_is_a_fault(string profile, string member, string problem) =>
        MustFail($$"""{ "sessions": { "auth": "none", "profiles": { "p": {{profile}} } } }""", $"sessions.profiles.p{member}", problem);

    [Theory]
    [InlineData(""" "sessions": true, "pool": "kb" """, "routes.0.sessions", "stands beside pool")]
    [InlineData(""" "sessions": true, "topics": ["a"] """, "routes.0.sessions", "stands beside topics")]
    public void A_route_leads_to_sessions_or_elsewhere(string route, string path, string problem) =>
        MustFail($$"""{ "pools": { "kb": { "nodes": ["http://127.0.0.1:1"] } }, "routes": [{ "name": "r", "path": "/r", "auth": "none", {{route}} }], "sessions": { {{Open}} } }""", path, problem);

    [Fact]
    public void A_route_to_sessions_needs_the_section() =>
        MustFail("""{ "routes": [{ "name": "r", "path": "/r", "auth": "none", "sessions": true }] }""", "routes.0.sessions", "leads to sessions, but the configuration has no section sessions");

    [Fact]
    public void A_route_may_not_have_the_name_of_one_that_comes_with_sessions() =>
        MustFail($$"""{ "routes": [{ "name": "terminal", "path": "/r", "auth": "none", "sessions": true }], "sessions": { {{Open}} } }""", "routes.0.name", "is the name of a route that comes with sessions");

    [Fact]
    public void Gateways_that_share_the_storage_share_a_secret()
    {
        MustFail($$"""{ "storage": "redis://cache", "sessions": { {{Open}} } }""", "sessions.secretFile", "is missing, and storage (bascule.json:1) is shared");
        using var folder = new SettingsFolder().With("secret", Secret).With("short", "short")
            .With("bascule.json", $$"""{ "storage": "redis://cache", "sessions": { {{Open}}, "secretFile": "secret" } }""");
        Assert.Equal("secret", folder.LoadGood().Settings.Sessions!.SecretFile);
        folder.WithSet("sessions.secretFile", "short");
        Assert.StartsWith("names a file with 5 characters", folder.LoadFault().Problem);
    }

    [Fact]
    public void Sessions_for_everyone_and_sessions_that_a_restart_forgets_are_noticed()
    {
        using var folder = new SettingsFolder().With("bascule.json", $$"""{ "sessions": { {{Open}} } }""");

        var notices = folder.LoadGood().Notices;

        Assert.Contains(notices, n => n.StartsWith("sessions.auth is none (bascule.json:1), so that everyone who reaches the gateway, without a token, can start", StringComparison.Ordinal));
        Assert.Contains(notices, n => n.StartsWith("storage is memory (default), so that a restart of the gateway forgets its sessions", StringComparison.Ordinal));
    }

    [Fact]
    public void The_environment_of_a_profile_is_never_shown()
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "sessions": { "auth": "none", "profiles": { "p": { "command": ["sh"], "environment": { "TOKEN": "hunter2" } } } } }""");

        Assert.DoesNotContain(folder.LoadGood().Values, v => v.Text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, "wss://inside", "wss://inside/ws/session/0/")]
    [InlineData("ws://proxy/s/{{SESSION_ID}}", "wss://inside", "ws://proxy/s/0")]
    public void The_internal_address_follows_the_templates(string? template, string? proxy, string? expected) =>
        Assert.Equal(expected, SessionPath.InternalUrl(new SessionSettings { InternalUrl = template, ProxyUrl = proxy }, "0"));

    private static void MustFail(string text, string path, string problem)
    {
        using var folder = new SettingsFolder().With("bascule.json", text);
        var fault = folder.LoadFault();
        Assert.Equal(path, fault.Path);
        Assert.StartsWith(problem, fault.Problem);
        Assert.NotEmpty(fault.Remedy);
    }
}
