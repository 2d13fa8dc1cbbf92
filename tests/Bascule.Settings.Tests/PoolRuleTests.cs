namespace Bascule.Settings.Tests;

/// <summary>How nodes are found and judged, and who waits for them.</summary>
public sealed class PoolRuleTests
{
    [Theory]
    [InlineData("\"health\": { \"path\": \"health\" }", "health.path", "is no path")]
    [InlineData("\"health\": { \"path\": \"/he alth\" }", "health.path", "is no path")]
    [InlineData("\"health\": { \"check\": \"webSocket\", \"path\": \"\" }", "health.path", "is no path")]
    [InlineData("\"breaker\": { \"ejection\": \"10m\" }", "breaker.longestEjection", "is shorter than pools.kb.breaker.ejection (10m)")]
    [InlineData("\"breaker\": { \"failurePercent\": 4 }", "breaker.failurePercent", "is passed by a single failure among the 20 connections")]
    [InlineData("\"queue\": { \"length\": 10, \"perUser\": 11 }", "queue.perUser", "is above pools.kb.queue.length (10)")]
    [InlineData("\"queue\": { \"length\": 0, \"perUser\": 1 }", "queue.perUser", "is above pools.kb.queue.length (0)")]
    [InlineData("\"rebalancePerMinute\": 3001", "rebalancePerMinute", "is more than drain.perSecond lets go in a minute (3000)")]
    [InlineData("\"shared\": true", "shared", "counts slots over all gateways, but storage (default) is this gateway's own")]
    public void A_pool_that_contradicts_itself_is_a_fault(string member, string path, string problem) =>
        SettingsFolder.AssertFault($$"""{ "pools": { "kb": { {{member}} } } }""", $"pools.kb.{path}", problem);

    [Theory]
    [InlineData("\"health\": { \"check\": \"tcp\", \"path\": \"\" }")]
    [InlineData("\"health\": { \"check\": \"http\", \"path\": \"/health?deep=1\", \"every\": \"2s\", \"timeout\": \"2s\" }")]
    [InlineData("\"health\": { \"every\": \"1s\" }")]
    [InlineData("\"breaker\": { \"ejection\": \"5m\" }")]
    [InlineData("\"breaker\": { \"failurePercent\": 5 }")]
    [InlineData("\"breaker\": { \"failurePercent\": 1, \"failures\": 1 }")]
    [InlineData("\"breaker\": { \"failurePercent\": 0, \"failures\": 0 }")]
    [InlineData("\"queue\": { \"length\": 10, \"perUser\": 10 }")]
    [InlineData("\"rebalancePerMinute\": 3000")]
    [InlineData("\"ready\": 5")]
    public void A_pool_that_can_do_as_it_says_is_taken(string member) => Assert.Empty(SettingsFolder.NoticesOf($$"""{ "pools": { "kb": { {{member}} } } }"""));

    [Theory]
    [InlineData("redis://cache:6379", true)]
    [InlineData("postgres://u:p@db/app", true)]
    [InlineData("sqlite:kept.db", false)]
    public void Slots_are_shared_over_a_storage_that_others_see(string storage, bool isGood)
    {
        using var folder = new SettingsFolder().With("bascule.json", SettingsFolder.Small).WithSet("pools.kb.shared", "true").WithSet("storage", storage);

        Assert.Equal(isGood, folder.Load().IsGood);
    }

    [Theory]
    [InlineData("http://10.0.0.1:8001", "a", "is an address, but discover is a, which looks up a name")]
    [InlineData("http://[::1]:8001", "a", "is an address, but discover is a, which looks up a name")]
    [InlineData("http://10.0.0.1", "srv", "is an address, but discover is srv, which looks up a name")]
    [InlineData("http://_ws._tcp.example.org:8001", "srv", "has a port, but SRV records name the ports themselves")]
    [InlineData("http://_ws._tcp.example.org:80", "srv", "has a port, but SRV records name the ports themselves")]
    [InlineData("http://10.0.0.1:8001", "kubernetes", "is an address, but discover is kubernetes, which looks up a name")]
    [InlineData("http://chat:8001", "kubernetes", "does not name a Service and its namespace, which discover kubernetes follows")]
    [InlineData("http://chat.games.example.org:8001", "kubernetes", "does not name a Service and its namespace, which discover kubernetes follows")]
    public void A_name_that_cannot_be_looked_up_is_a_fault(string url, string discover, string problem) =>
        SettingsFolder.AssertFault($$"""{ "pools": { "kb": { "nodes": [{ "url": "{{url}}", "discover": "{{discover}}" }] } } }""", "pools.kb.nodes.0.url", problem);

    [Theory]
    [InlineData("http://game:8001", "a")]
    [InlineData("http://game", "a")]
    [InlineData("http://_ws._tcp.example.org", "srv")]
    [InlineData("https://game.example.org/", "srv")]
    [InlineData("http://10.0.0.1:8001", "off")]
    [InlineData("http://chat.games:8001", "kubernetes")]
    [InlineData("http://chat.games.svc.cluster.local:8001", "kubernetes")]
    public void A_name_that_can_be_looked_up_is_taken(string url, string discover) =>
        Assert.Equal(url, SettingsFolder.SettingsOf($$"""{ "pools": { "kb": { "nodes": [{ "url": "{{url}}", "discover": "{{discover}}" }] } } }""").Pools["kb"].Nodes[0].Url);

    [Fact]
    public void One_node_at_least_has_a_weight()
    {
        SettingsFolder.AssertFault("""{ "pools": { "kb": { "nodes": [{ "url": "http://h:1", "weight": 0 }] } } }""", "pools.kb.nodes", "gives every node the weight 0");
        Assert.NotNull(SettingsFolder.SettingsOf("""{ "pools": { "kb": { "nodes": [{ "url": "http://h:1", "weight": 0 }, "http://h:2"] } } }"""));
    }

    [Theory]
    [InlineData("\"ready\": 5, \"protocol\": \"http2\"", "pools.kb.ready is 5 (bascule.d/test.json:1), which serves only nodes that do not speak HTTP/2")]
    [InlineData("\"queue\": { \"length\": 20000 }", "pools.kb.queue.length is 20000 (bascule.d/test.json:1), but overload.handshakesInFlight lets only 10000 attempts wait")]
    public void What_works_but_hardly_as_meant_is_noticed(string member, string notice) =>
        Assert.StartsWith(notice, Assert.Single(SettingsFolder.NoticesOf($$"""{ "pools": { "kb": { {{member}} } } }""")));
}
