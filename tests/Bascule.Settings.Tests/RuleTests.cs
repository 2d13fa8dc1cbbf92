namespace Bascule.Settings.Tests;

/// <summary>What must hold between settings.</summary>
public sealed class RuleTests
{
    private const string Jwt = """{ "issuer": "i", "jwksUrl": "https://id.example.org/keys" }""";

    [Theory]
    [InlineData("""{ "heartbeat": { "timeout": "25s" } }""", "heartbeat.timeout", "is not above heartbeat.interval (25s)")]
    [InlineData("""{ "heartbeat": { "interval": "2m" } }""", "heartbeat.timeout", "is not above heartbeat.interval (2m)")]
    [InlineData("""{ "stop": { "spread": "24s" } }""", "stop.deadline", "is shorter than stop.pause and stop.spread together (26s)")]
    public void Durations_that_defeat_each_other_are_faults(string dropIn, string path, string problem) => SettingsFolder.AssertFault(dropIn, path, problem);

    [Fact]
    public void Without_a_heartbeat_its_timeout_is_not_compared() =>
        Assert.Equal(TimeSpan.Zero, SettingsFolder.SettingsOf("""{ "heartbeat": { "interval": "off", "timeout": "2s" } }""").Heartbeat.Interval);

    [Theory]
    [InlineData("""{ "listen": { "public": [] } }""", "listen.public", "has no listener")]
    [InlineData("""{ "listen": { "public": ["0.0.0.0:80"] } }""", "listen.public.0.url", "is not an address to listen on")]
    [InlineData("""{ "listen": { "public": ["ws://0.0.0.0:80"] } }""", "listen.public.0.url", "is not an address to listen on")]
    [InlineData("""{ "listen": { "public": ["http://example.org:80"] } }""", "listen.public.0.url", "is not an address to listen on")]
    [InlineData("""{ "listen": { "public": ["http://0.0.0.0:80/path"] } }""", "listen.public.0.url", "is not an address to listen on")]
    [InlineData("""{ "listen": { "public": ["http://127.0.0.1:81", "http://0.0.0.0:81"] } }""", "listen.public.1.url", "takes the same port as listen.public.0.url")]
    [InlineData("""{ "listen": { "public": ["http://127.0.0.1:81", "http://[::]:81"] } }""", "listen.public.1.url", "takes the same port as listen.public.0.url")]
    [InlineData("""{ "listen": { "public": ["http://0.0.0.0:81"], "admin": "http://127.0.0.1:81" } }""", "listen.admin", "takes the same port as listen.public.0.url")]
    [InlineData("""{ "listen": { "admin": "no" } }""", "listen.admin", "is not an address to listen on")]
    [InlineData("""{ "listen": { "admin": "https://127.0.0.1:1" } }""", "listen.admin", "asks for https")]
    [InlineData("""{ "listen": { "admin": "http://0.0.0.0:8667" } }""", "listen.admin", "can be reached from other machines, and no admin token is configured")]
    [InlineData("""{ "listen": { "adminToken": " " } }""", "listen.adminToken", "is empty")]
    [InlineData("""{ "listen": { "public": [{ "url": "http://0.0.0.0:1", "certificate": "\u0000" }] } }""", "listen.public.0.certificate", "names a file that does not exist")]
    [InlineData("""{ "listen": { "public": [{ "url": "http://0.0.0.0:1", "certificate": "no.pem" }] } }""", "listen.public.0.certificate", "names a file that does not exist")]
    public void A_listener_that_cannot_open_or_should_not_is_a_fault(string dropIn, string path, string problem) => SettingsFolder.AssertFault(dropIn, path, problem);

    [Theory]
    [InlineData("""{ "listen": { "public": ["http://127.0.0.1:0", "http://0.0.0.0:0"], "admin": "off" } }""")]
    [InlineData("""{ "listen": { "public": ["http://127.0.0.1:81", "http://127.0.0.2:81", "http://[::1]:81", "http://localhost:82"] } }""")]
    [InlineData("""{ "listen": { "admin": "http://0.0.0.0:8667", "adminToken": "a-long-token" } }""")]
    public void Listeners_that_can_live_together_are_taken(string dropIn) => Assert.NotEmpty(SettingsFolder.SettingsOf(dropIn).Listen.Public);

    [Fact]
    public void Https_needs_a_certificate_and_a_key_that_exist()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", """{ "listen": { "public": [{ "url": "https://0.0.0.0:443", "certificate": "cert.pem" }] } }""")
            .With("cert.pem", "certificate");

        var fault = folder.LoadFault();

        Assert.Equal(("listen.public.0.certificateKey", "is missing, and https cannot do without it"), (fault.Path, fault.Problem));
        folder.WithSet("listen.public.0.certificateKey", "cert.pem");
        Assert.True(folder.Load().IsGood);
    }

    [Theory]
    [InlineData("""{ "pools": { "a/b": { "nodes": ["http://h:1"] } } }""", "pools.a/b", "has a name that cannot stand in metrics and paths")]
    [InlineData("""{ "pools": { "kb": { "nodes": [] } } }""", "pools.kb.nodes", "has no node")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["ws://h:1"] } } }""", "pools.kb.nodes.0.url", "is not the URL of a back end")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["h:1"] } } }""", "pools.kb.nodes.0.url", "is not the URL of a back end")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["http://h:1/ws"] } } }""", "pools.kb.nodes.0.url", "holds more than scheme, host and port")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["http://h:1?x=1"] } } }""", "pools.kb.nodes.0.url", "holds more than scheme, host and port")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["http://h:80", "https://h:80"] } } }""", "pools.kb.nodes.1.url", "is the same back end as pools.kb.nodes.0.url")]
    [InlineData("""{ "pools": { "kb": { "nodes": ["http://h:80", { "url": "http://H/" }] } } }""", "pools.kb.nodes.1.url", "is the same back end as pools.kb.nodes.0.url")]
    [InlineData("""{ "pools": { "kb": { "hashBy": "cookie:a" } } }""", "pools.kb.hashBy", "is nothing to hash by")]
    [InlineData("""{ "pools": { "kb": { "hashBy": "header:" } } }""", "pools.kb.hashBy", "is nothing to hash by")]
    [InlineData("""{ "pools": { "kb": { "hashBy": "header:a b" } } }""", "pools.kb.hashBy", "is nothing to hash by")]
    public void A_pool_that_could_not_serve_is_a_fault(string dropIn, string path, string problem) => SettingsFolder.AssertFault(dropIn, path, problem);

    [Theory]
    [InlineData("path")]
    [InlineData("address")]
    [InlineData("user")]
    [InlineData("query:experience")]
    [InlineData("header:X-Room")]
    public void The_hash_keys_are_taken(string key) =>
        Assert.Equal(key, SettingsFolder.SettingsOf($$"""{ "pools": { "kb": { "hashBy": "{{key}}" } } }""").Pools["kb"].HashBy);

    [Theory]
    [InlineData("\"name\": \"\"", "name", "is no name for a route")]
    [InlineData("\"name\": \"a b\"", "name", "is no name for a route")]
    [InlineData("\"pool\": \"kv\"", "pool", "is no pool")]
    [InlineData("\"auth\": \"required\"", "auth", "looks at tokens, but auth.jwt does not say how to check them")]
    [InlineData("\"auth\": \"optional\"", "auth", "looks at tokens, but auth.jwt does not say how to check them")]
    [InlineData("\"path\": \"ws\"", "path", "does not start with /")]
    [InlineData("\"path\": \"/a b\"", "path", "holds a character that no path can have")]
    [InlineData("\"path\": \"/a?b\"", "path", "holds a character that no path can have")]
    [InlineData("\"path\": \"/*/b\"", "path", "has a * that is not its last character")]
    [InlineData("\"path\": \"/a//b\"", "path", "has two slashes in a row")]
    [InlineData("\"path\": \"/a/../b\"", "path", "has the segment .., which clients resolve before they ask")]
    [InlineData("\"path\": \"/a/{}\"", "path", "has the segment {}, which is no parameter")]
    [InlineData("\"path\": \"/a/x{y}\"", "path", "has the segment x{y}, which is no parameter")]
    [InlineData("\"path\": \"/a/{y\"", "path", "has the segment {y, which is no parameter")]
    [InlineData("\"path\": \"/{a}/{a}\"", "path", "has the parameter a twice")]
    [InlineData("\"path\": \"/_bascule\"", "path", "lies under /_bascule")]
    [InlineData("\"path\": \"/_bascule/explain/{id}\"", "path", "lies under /_bascule")]
    [InlineData("\"path\": \"/_bascule*\"", "path", "lies under /_bascule")]
    [InlineData("\"stripPrefix\": \"api\"", "stripPrefix", "is not the beginning of a path")]
    [InlineData("\"hosts\": [\"http://a\"]", "hosts", "holds \"http://a\", which is no host name")]
    public void A_route_that_could_not_work_is_a_fault(string member, string name, string problem)
    {
        var members = new[] { "\"name\": \"a\"", "\"path\": \"/a\"", "\"auth\": \"none\"", "\"pool\": \"kb\"" }.Where(m => m.Split(':')[0] != member.Split(':')[0]).Append(member);

        SettingsFolder.AssertFault($$"""{ "routes": [{ {{string.Join(", ", members)}} }] }""", $"routes.0.{name}", problem);
    }

    [Fact]
    public void A_pool_that_was_misspelt_is_named() =>
        Assert.Equal("Did you mean kb?", SettingsFolder.FaultOf("""{ "routes": [{ "name": "a", "path": "/a", "auth": "none", "pool": "kv" }] }""").Remedy);

    [Theory]
    [InlineData("/")]
    [InlineData("/*")]
    [InlineData("/exact")]
    [InlineData("/ws/session/{id}/")]
    [InlineData("/api/{version}/*")]
    [InlineData("/_basculex")]
    public void The_path_patterns_are_taken(string path) =>
        Assert.Equal(path, SettingsFolder.SettingsOf($$"""{ "routes": [{ "name": "a", "path": "{{path}}", "auth": "none", "pool": "kb" }] }""").Routes[0].Path);

    [Fact]
    public void Two_routes_of_one_name_are_a_fault() =>
        SettingsFolder.AssertFault(TwoRoutes("\"name\": \"a\", \"path\": \"/a\"", "\"name\": \"a\", \"path\": \"/b\""), "routes.1.name", "is the name of routes.0 too");

    [Theory]
    [InlineData("\"path\": \"/a/{x}\"", "\"path\": \"/a/{y}\"")]
    [InlineData("\"path\": \"/a\", \"hosts\": [\"h\", \"i\"]", "\"path\": \"/a\", \"hosts\": [\"H\"]")]
    [InlineData("\"path\": \"/a\", \"query\": { \"k\": [\"1\", \"2\"] }", "\"path\": \"/a\", \"query\": { \"k\": [\"2\"] }")]
    [InlineData("\"path\": \"/a\", \"query\": { \"k\": [] }", "\"path\": \"/a\", \"query\": { \"k\": [] }")]
    public void Two_routes_for_the_same_requests_are_a_fault(string first, string second) =>
        SettingsFolder.AssertFault(TwoRoutes($"\"name\": \"a\", {first}", $"\"name\": \"b\", {second}"), "routes.1", "takes the same requests as routes.0");

    [Theory]
    [InlineData("\"path\": \"/a\"", "\"path\": \"/a/\"")]
    [InlineData("\"path\": \"/a\", \"hosts\": [\"h\"]", "\"path\": \"/a\"")]
    [InlineData("\"path\": \"/a\", \"query\": { \"k\": [\"1\"] }", "\"path\": \"/a\", \"query\": { \"k\": [\"2\"] }")]
    [InlineData("\"path\": \"/a\", \"query\": { \"k\": [\"1\"] }", "\"path\": \"/a\", \"query\": { \"k\": [] }")]
    [InlineData("\"path\": \"/a\", \"query\": { \"k\": [\"1\"] }", "\"path\": \"/a\", \"query\": { \"j\": [\"1\"] }")]
    public void Two_routes_that_can_be_told_apart_are_taken(string first, string second) =>
        Assert.Equal(2, SettingsFolder.SettingsOf(TwoRoutes($"\"name\": \"a\", {first}", $"\"name\": \"b\", {second}")).Routes.Count);

    [Fact]
    public void A_route_may_look_at_tokens_when_they_can_be_checked() =>
        Assert.NotNull(SettingsFolder.SettingsOf($$"""{ "auth": { "jwt": {{Jwt}} }, "routes": [{ "name": "a", "path": "/a", "auth": "required", "pool": "kb" }] }""").Auth.Jwt);

    private static string TwoRoutes(string first, string second) =>
        $$"""{ "routes": [{ {{first}}, "auth": "none", "pool": "kb" }, { {{second}}, "auth": "none", "pool": "kb" }] }""";
}
