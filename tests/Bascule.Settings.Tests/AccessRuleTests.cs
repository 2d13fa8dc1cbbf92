namespace Bascule.Settings.Tests;

/// <summary>Who is believed and who may come in: proxies, hosts, origins, tokens of operators.</summary>
public sealed class AccessRuleTests
{
    private const string Forms = "Write self, https://HOST";
    private static readonly string Long = new('t', 16);

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("192.168.1.7")]
    [InlineData("192.168.1.7/32")]
    [InlineData("fd00::/8")]
    [InlineData("::1")]
    public void Networks_and_addresses_are_taken_as_proxies(string network) =>
        Assert.Equal([network], SettingsFolder.SettingsOf($$"""{ "listen": { "trustedProxies": ["{{network}}"] } }""").Listen.TrustedProxies);

    [Theory]
    [InlineData("proxy.example.org", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("10.0.0.0/33", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("10.0.0.0/", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("10.1", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("010.0.0.0/8", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("[::1]", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("fe80::1%eth0", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("", "which is neither a network nor an address", "Write 10.0.0.0/8")]
    [InlineData("10.0.0.5/8", "which is an address with the size of a network: all of 10.0.0.0/8 would be believed", "Write 10.0.0.0/8 for all of it, or 10.0.0.5 for the one.")]
    [InlineData("fd00::5/64", "which is an address with the size of a network: all of fd00::/64 would be believed", "Write fd00::/64 for all of it, or fd00::5 for the one.")]
    public void Nothing_else_is_a_proxy(string network, string problem, string remedy)
    {
        var fault = SettingsFolder.FaultOf($$"""{ "listen": { "trustedProxies": ["10.0.0.1", "{{network}}"] } }""");

        Assert.Equal(("listen.trustedProxies", $"holds \"{network}\", {problem}"), (fault.Path, fault.Problem));
        Assert.StartsWith(remedy, fault.Remedy);
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    public void Who_believes_everybody_is_told(string network) =>
        Assert.Contains("believes everybody", Assert.Single(SettingsFolder.NoticesOf($$"""{ "listen": { "trustedProxies": ["{{network}}"] } }""")));

    [Fact]
    public void A_PROXY_header_needs_someone_who_may_send_it()
    {
        const string Listener = """{ "url": "http://127.0.0.1:0", "proxyProtocol": true }""";

        SettingsFolder.AssertFault($$"""{ "listen": { "public": [{{Listener}}] } }""", "listen.public.0.proxyProtocol", "asks for a PROXY header, but listen.trustedProxies names nobody");
        Assert.True(SettingsFolder.SettingsOf($$"""{ "listen": { "public": [{{Listener}}], "trustedProxies": ["10.0.0.0/8"] } }""").Listen.Public[0].ProxyProtocol);
    }

    [Theory]
    [InlineData("self")]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("https://app.example.org")]
    [InlineData("http://localhost:5173")]
    [InlineData("https://*.example.org")]
    [InlineData("https://*.example.org:8443")]
    [InlineData("http://[::1]:3000")]
    [InlineData("http://10.0.0.1")]
    [InlineData("https://app.example.org:443")]
    [InlineData("capacitor://localhost")]
    public void Origins_that_a_browser_may_send_are_taken(string origin) =>
        Assert.Equal([origin], SettingsFolder.SettingsOf($$"""{ "listen": { "origins": ["{{origin}}"] } }""").Listen.Origins);

    [Theory]
    [InlineData("https://app.example.org/", "ends with a slash, which no browser sends", "Write https://app.example.org.")]
    [InlineData("https://app.example.org/play", "holds more than scheme, host and port", "Write https://app.example.org.")]
    [InlineData("https://app.example.org?x", "holds more than scheme, host and port", "Write https://app.example.org.")]
    [InlineData("wss://app.example.org", "names a WebSocket, but an origin is the page that opens it", "Write https://app.example.org.")]
    [InlineData("ws://app.example.org:81", "names a WebSocket, but an origin is the page that opens it", "Write http://app.example.org:81.")]
    [InlineData("app.example.org", "has no scheme", "Write https://app.example.org.")]
    [InlineData("Self", "has no scheme", "Write self.")]
    [InlineData("", "has no scheme", Forms)]
    [InlineData("http s://a", "has no scheme", Forms)]
    [InlineData("https://", "has no host that a page could come from", Forms)]
    [InlineData("https://*", "has no host that a page could come from", Forms)]
    [InlineData("https://app.*.org", "has no host that a page could come from", Forms)]
    [InlineData("https://*.10.0.0.1", "has no host that a page could come from", Forms)]
    [InlineData("https://app.example.org:", "has no port after the colon", Forms)]
    [InlineData("https://app.example.org:*", "has no port after the colon", Forms)]
    [InlineData("https://app.example.org:0", "has no port after the colon", Forms)]
    [InlineData("https://app.example.org:70000", "has no port after the colon", Forms)]
    [InlineData("https://bücher.example", "is written in letters that browsers send in another form", "Write https://xn--bcher-kva.example.")]
    [InlineData("https://*.bücher.example", "is written in letters that browsers send in another form", "Write https://*.xn--bcher-kva.example.")]
    public void Origins_that_no_browser_sends_are_faults(string origin, string problem, string remedy)
    {
        var fault = SettingsFolder.FaultOf($$"""{ "listen": { "origins": ["self", "{{origin}}"] } }""");

        Assert.Equal(("listen.origins", $"holds \"{origin}\", which {problem}"), (fault.Path, fault.Problem));
        Assert.StartsWith(remedy, fault.Remedy);
    }

    [Fact]
    public void Origins_of_a_route_are_checked_too() =>
        SettingsFolder.AssertFault(Route("\"origins\": [\"https://a/\"]"), "routes.0.origins", "holds \"https://a/\", which ends with a slash");

    [Theory]
    [InlineData("http://a")]
    [InlineData("a:80")]
    [InlineData("a/b")]
    [InlineData("*")]
    [InlineData("::1")]
    public void A_host_is_a_name_alone(string host) =>
        SettingsFolder.AssertFault($$"""{ "listen": { "hosts": ["{{host}}"] } }""", "listen.hosts", $"holds \"{host}\", which is no host name");

    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("*.bücher.example", "*.xn--bcher-kva.example")]
    public void A_host_is_written_as_clients_write_it(string host, string written) =>
        Assert.Equal(("listen.hosts", $"Write {written}."), SettingsFolder.FaultOf($$"""{ "listen": { "hosts": ["{{host}}"] } }""") is var fault ? (fault.Path, fault.Remedy) : default);

    [Theory]
    [InlineData("b.example.org", "a.example.org")]
    [InlineData("*.example.com", "*.example.org", "a.example.org")]
    [InlineData("example.org", "*.example.org")]
    public void A_host_of_a_route_that_no_listener_serves_is_a_fault(string host, params string[] served) =>
        SettingsFolder.AssertFault(Route($"\"hosts\": [\"{host}\"]", Hosts(served)), "routes.0.hosts", $"holds \"{host}\", which listen.hosts (bascule.d/test.json:1) does not take");

    [Theory]
    [InlineData("a.example.org", "A.example.org")]
    [InlineData("a.example.org", "*.example.org")]
    [InlineData("*.example.org", "a.example.org")]
    [InlineData("*.a.example.org", "*.example.org")]
    [InlineData("a.example.org")]
    public void A_host_of_a_route_that_is_served_is_taken(string host, params string[] served) =>
        Assert.Equal([host], SettingsFolder.SettingsOf(Route($"\"hosts\": [\"{host}\"]", Hosts(served))).Routes[0].Hosts);

    [Fact]
    public void Tokens_of_operators_stand_in_the_file_or_in_one_of_their_own()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", $$"""
                { "listen": { "admin": "http://0.0.0.0:8667", "adminTokens": [
                    { "name": "ada", "token": "{{Long}}a", "role": "act" }, { "name": "dashboard", "token": "file:keys/dashboard" } ] } }
                """)
            .With("keys/dashboard", $"{Long}b\n");

        var tokens = folder.LoadGood().Settings.Listen.AdminTokens;

        Assert.Equal([("ada", AdminRole.Act), ("dashboard", AdminRole.Read)], tokens.Select(t => (t.Name, t.Role)));
    }

    [Theory]
    [InlineData("""[{ "name": "a b", "token": "tttttttttttttttt" }]""", "0.name", "is no name for the audit log")]
    [InlineData("""[{ "name": "a", "token": "tttttttttttttttt" }, { "name": "a", "token": "uuuuuuuuuuuuuuuu" }]""", "1.name", "is the name of listen.adminTokens.0 too")]
    [InlineData("""[{ "name": "a", "token": "ttttttttttttttt" }]""", "0.token", "has 15 characters; with fewer than 16 it can be guessed")]
    [InlineData("""[{ "name": "a", "token": "tttttttt tttttttt" }]""", "0.token", "holds a character that an Authorization header cannot carry")]
    [InlineData("""[{ "name": "a", "token": "tttttttttttttttt" }, { "name": "b", "token": "tttttttttttttttt" }]""", "1.token", "is the same as listen.adminTokens.0.token")]
    [InlineData("""[{ "name": "a", "token": "the-one-admin-token" }]""", "0.token", "is the same as listen.adminToken, so")]
    [InlineData("""[{ "name": "a", "token": "file:nowhere" }]""", "0.token", "names a file that does not exist")]
    [InlineData("""[{ "name": "a", "token": "file:." }]""", "0.token", "names a file that")]
    [InlineData("""[{ "name": "a", "token": "file:\u0000" }]""", "0.token", "names a file that cannot be read")]
    [InlineData("""[{ "name": "a" }]""", "0.token", "is missing")]
    public void A_token_of_an_operator_that_would_not_do_is_a_fault(string tokens, string path, string problem) =>
        SettingsFolder.AssertFault($$"""{ "listen": { "adminToken": "the-one-admin-token", "adminTokens": {{tokens}} } }""", $"listen.adminTokens.{path}", problem);

    [Fact]
    public void A_token_in_a_file_is_checked_like_one_that_is_written()
    {
        using var folder = new SettingsFolder()
            .With("bascule.json", $$"""{ "listen": { "adminTokens": [{ "name": "a", "token": "{{Long}}" }, { "name": "b", "token": "file:b" }, { "name": "c", "token": "file:c" }] } }""")
            .With("b", Long + "\r\n").With("c", new string('x', 70_000));

        var faults = folder.Load().Faults;

        Assert.Equal(["is the same as listen.adminTokens.0.token, so that nobody could tell who acted", "names a file of more than 65536 bytes"], faults.Select(f => f.Problem));
        Assert.Equal("\"file:b\"", faults[0].Seen);
    }

    private static string Hosts(string[] hosts) => $"[{string.Join(", ", hosts.Select(h => $"\"{h}\""))}]";

    private static string Route(string member, string hosts = "[]") =>
        $$"""{ "listen": { "hosts": {{hosts}} }, "routes": [{ "name": "a", "path": "/a", "auth": "none", "pool": "kb", {{member}} }] }""";
}
