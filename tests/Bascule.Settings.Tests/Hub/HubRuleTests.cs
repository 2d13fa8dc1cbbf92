namespace Bascule.Settings.Tests;

/// <summary>What must hold between the hub, its shards and the routes that it serves.</summary>
public sealed class HubRuleTests
{
    [Theory]
    [InlineData("", "pool", "is missing, and so is topics")]
    [InlineData(""", "topics": []""", "pool", "is missing, and so is topics")]
    [InlineData(""", "pool": "kb", "topics": ["prices"]""", "topics", "stands beside pool (bascule.d/test.json:1), and a route goes to one of the two")]
    [InlineData(""", "pool": "kb", "publish": ["prices"]""", "publish", "lets clients publish on a route that the hub does not serve")]
    [InlineData(""", "topics": ["a b"]""", "topics", "holds \"a b\", which holds a character that no topic can have")]
    [InlineData(""", "topics": ["a*b"]""", "topics", "holds \"a*b\", which has a * that is not its last character")]
    [InlineData(""", "topics": ["a"], "publish": [""]""", "publish", "holds \"\", which is empty")]
    public void A_route_goes_to_a_pool_or_to_the_hub(string members, string name, string problem) =>
        SettingsFolder.AssertFault($$"""{ "routes": [{ "name": "a", "path": "/a", "auth": "none"{{members}} }] }""", $"routes.0.{name}", problem);

    [Fact]
    public void A_route_without_both_is_told_both_ways_out() =>
        Assert.Equal("Add pool, the name of a pool, or topics, a list of what its clients may read from the hub. Pools are kb.",
            SettingsFolder.FaultOf("""{ "routes": [{ "name": "a", "path": "/a", "auth": "none" }] }""").Remedy);

    [Theory]
    [InlineData("\"pool\": 5")]
    [InlineData("\"topics\": \"prices\"")]
    public void What_is_written_badly_is_not_called_missing_too(string member) =>
        Assert.NotEmpty(SettingsFolder.FaultOf($$"""{ "routes": [{ "name": "a", "path": "/a", "auth": "none", {{member}} }] }""").Remedy);

    [Fact]
    public void A_route_of_the_hub_is_taken()
    {
        var route = SettingsFolder.SettingsOf("""{ "routes": [{ "name": "a", "path": "/a", "auth": "none", "topics": ["prices.*", "*"], "publish": ["chat:1"] }] }""").Routes[0];

        Assert.Equal(["prices.*", "*"], route.Topics);
        Assert.Empty(route.Pool);
    }

    [Fact]
    public void Topics_that_nothing_feeds_are_noticed()
    {
        var notice = Assert.Single(SettingsFolder.NoticesOf("""
            {
              "hub": { "kafka": { "brokers": "k:9092", "topics": [{ "name": "ticks", "to": "prices.{key}" }] }, "redis": { "url": "redis://r", "channels": ["news.*"], "streams": ["log"] } },
              "routes": [{ "name": "a", "path": "/a", "auth": "none", "topics": ["prices.gold", "news.*", "log", "chat", "pri*", "weather", "x.*"], "publish": ["chat"] }]
            }
            """));

        Assert.StartsWith("routes.0.topics is [", notice);
        Assert.EndsWith("but nothing feeds weather, x.*: neither hub.kafka, nor hub.redis, nor publish of a route.", notice);
    }

    [Theory]
    [InlineData("\"mode\": \"multi\", \"shards\": 0", "shards", "leaves no shard to serve topics, for hub.mode is multi (bascule.d/test.json:1)")]
    [InlineData("\"resumeSecret\": \"short\"", "resumeSecret", "has 5 characters; with fewer than 16 it can be guessed")]
    [InlineData("\"resumeSecret\": \"with a space in the midst\"", "resumeSecret", "holds a character that an Authorization header cannot carry")]
    [InlineData("\"resumeSecret\": \"file:no-such-file\"", "resumeSecret", "names a file that does not exist")]
    [InlineData("\"mode\": \"multi\", \"shards\": 3, \"shardPort\": 8665", "shardPort", "gives shard 2 of 3 the port of listen.public.0.url (default)")]
    [InlineData("\"mode\": \"multi\", \"shards\": 1, \"shardPort\": 8667", "shardPort", "gives shard 1 of 1 the port of listen.admin (default)")]
    [InlineData("\"advertise\": [\"https://a\"]", "advertise", "holds \"https://a\", to which no client can come back")]
    [InlineData("\"advertise\": [\"wss://a?x=1\"]", "advertise", "holds \"wss://a?x=1\", to which no client can come back")]
    [InlineData("\"advertise\": [\"wss://me:hunter2@a\"]", "advertise", "holds \"wss://***@a\", to which no client can come back")]
    [InlineData("\"queue\": { \"length\": 5, \"perUser\": 6 }", "queue.perUser", "is above hub.queue.length (5)")]
    [InlineData("\"topics\": { \"a b\": {} }", "topics.a b", "has a name that holds a character that no topic can have")]
    [InlineData("\"topics\": { \"prices.*\": { \"historyAge\": \"5m\" } }", "topics.prices.*.historyAge", "is longer than hub.history.age (2m)")]
    public void A_hub_that_could_not_serve_is_a_fault(string members, string name, string problem) =>
        SettingsFolder.AssertFault($$"""{ "hub": { {{members}} } }""", $"hub.{name}", problem);

    [Fact]
    public void The_last_shard_has_a_port_too() =>
        SettingsFolder.AssertFault("""{ "hub": { "mode": "multi", "shards": 64, "shardPort": 65000 }, "listen": { "admin": "off", "public": ["http://127.0.0.1:65001"] } }""",
            "hub.shardPort", "gives shard 2 of 64 the port of listen.public.0.url");

    [Theory]
    [InlineData("\"mode\": \"multi\", \"shards\": 3, \"shardPort\": 3002, \"advertise\": [\"wss://play.example.org\", \"ws://10.0.0.1:3005/ws\"]")]
    [InlineData("\"mode\": \"multi\", \"shards\": 3, \"shardPort\": 65000")]
    [InlineData("\"mode\": \"single\", \"shards\": 0, \"shardPort\": 8666")]
    [InlineData("\"topics\": { \"prices.*\": { \"historyAge\": \"2m\", \"slowReader\": \"keepLatest\" }, \"*\": {} }")]
    public void Hubs_that_can_serve_are_taken_without_a_word(string members) => Assert.Empty(SettingsFolder.NoticesOf($$"""{ "hub": { {{members}} } }"""));

    [Fact]
    public void Shards_that_the_mode_leaves_unused_are_noticed() => Assert.Equal(
        "hub.shards is 3 (bascule.d/test.json:1), but hub.mode is single (default), so that this process serves all topics itself.",
        Assert.Single(SettingsFolder.NoticesOf("""{ "hub": { "shards": 3 } }""")));
}
