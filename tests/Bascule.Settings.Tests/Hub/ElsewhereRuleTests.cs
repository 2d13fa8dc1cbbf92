namespace Bascule.Settings.Tests;

/// <summary>What must hold where clients are brought to shards on other machines, and on those machines.</summary>
public sealed class ElsewhereRuleTests
{
    private const string Secret = "a secret of thirty-two characters";
    private const string Kafka = """ "kafka": { "brokers": "k:9092", "topics": [{ "name": "ticks", "to": "prices.{key}" }, { "name": "talk", "to": "chat.{key}", "publish": true }] } """;
    private const string Sound = $$""" "mode": "multi", "shards": 0, "elsewhere": ["http://10.0.0.5:3002", { "url": "https://far.example", "slots": 10 }], "secretFile": "secret", {{Kafka}} """;

    [Fact]
    public void A_gateway_may_have_shards_on_other_machines_alone()
    {
        using var folder = Folder(Sound, """ "auth": "none", "topics": ["prices.*", "chat.1"], "publish": ["chat.*"] """);

        var loaded = folder.LoadGood();

        Assert.Empty(loaded.Notices);
        Assert.Equal([("http://10.0.0.5:3002", null), ("https://far.example", 10)], loaded.Settings.Hub.Elsewhere.Select(node => (node.Url, node.Slots)));
    }

    [Fact]
    public void A_route_for_gateways_needs_no_tokens_of_users()
    {
        using var folder = Folder(""" "secretFile": "secret" """, """ "auth": "gateway", "topics": ["*"] """);

        Assert.Equal(AuthPolicy.Gateway, folder.LoadGood().Settings.Routes[0].Auth);
    }

    [Theory]
    [InlineData(""" "mode": "single", "elsewhere": ["http://far:1"], "secretFile": "secret" """, "hub.elsewhere", "names shards, but hub.mode is single (bascule.json:2)")]
    [InlineData(""" "mode": "multi", "elsewhere": ["http://far:1"] """, "hub.secretFile", "is missing, and hub.elsewhere (bascule.json:2) needs it")]
    [InlineData(""" "mode": "multi", "elsewhere": ["http://far:1"], "secretFile": "nowhere" """, "hub.secretFile", "names a file that does not exist")]
    [InlineData(""" "mode": "multi", "elsewhere": ["http://far:1"], "secretFile": "short" """, "hub.secretFile", "names a file with 31 characters")]
    [InlineData(""" "mode": "multi", "elsewhere": ["ws://far:1"], "secretFile": "secret" """, "hub.elsewhere.0.url", "is not the URL of a back end")]
    [InlineData(""" "mode": "multi", "elsewhere": ["http://far:1/ws"], "secretFile": "secret" """, "hub.elsewhere.0.url", "holds more than scheme, host and port")]
    [InlineData(""" "mode": "multi", "elsewhere": ["http://far:1", "https://far:1"], "secretFile": "secret" """, "hub.elsewhere.1.url", "is the same back end as hub.elsewhere.0.url")]
    public void Shards_elsewhere_that_could_not_serve_are_a_fault(string hub, string path, string problem) => MustFail(hub + "," + Kafka, """ "auth": "none", "topics": ["prices.*"] """, path, problem);

    [Theory]
    [InlineData(""" "topics": ["prices.*", "news", "x.*"] """, "routes.0.topics", "holds news, x.*, which come from neither hub.kafka nor hub.redis")]
    [InlineData(""" "topics": ["*"], "publish": ["chat.*", "prices.1", "news"] """, "routes.0.publish", "holds prices.1, news, which go to no Kafka topic of hub.kafka with publish")]
    public void Messages_that_would_reach_only_some_of_the_shards_are_a_fault(string route, string path, string problem) => MustFail(Sound, """ "auth": "none",""" + route, path, problem);

    [Theory]
    [InlineData(""" "mode": "single" """, """ "auth": "gateway", "topics": ["*"] """, "hub.secretFile", "is missing, and routes.0.auth (bascule.json:3) needs it")]
    [InlineData(""" "secretFile": "secret" """, """ "auth": "gateway", "pool": "kb" """, "routes.0.auth", "is gateway, but the route leads to a pool (bascule.json:3)")]
    [InlineData(Sound, """ "auth": "gateway", "topics": ["*"] """, "routes.0.auth", "is gateway, but this gateway brings clients to other machines itself (bascule.json:2)")]
    public void A_route_for_gateways_that_none_could_use_is_a_fault(string hub, string route, string path, string problem) => MustFail(hub, route, path, problem);

    [Fact]
    public void A_secret_that_nothing_needs_is_noticed()
    {
        using var folder = Folder(""" "secretFile": "secret" """, """ "auth": "none", "pool": "kb" """);

        Assert.EndsWith("but nothing needs it: there is neither hub.elsewhere, nor a route with auth gateway.", Assert.Single(folder.LoadGood().Notices));
    }

    [Fact]
    public void The_secret_itself_is_shown_nowhere()
    {
        using var folder = Folder(Sound, """ "auth": "none", "topics": ["prices.*"] """);

        Assert.DoesNotContain(folder.LoadGood().Values, value => value.Text.Contains(Secret, StringComparison.Ordinal));
    }

    private static void MustFail(string hub, string route, string path, string problem)
    {
        using var folder = Folder(hub, route);
        var fault = folder.LoadFault();
        Assert.Equal(path, fault.Path);
        Assert.StartsWith(problem, fault.Problem);
        Assert.NotEmpty(fault.Remedy);
    }

    private static SettingsFolder Folder(string hub, string route) => new SettingsFolder().With("secret", Secret + "\n").With("short", Secret[2..]).With("bascule.json", $$"""
        {
          "hub": { {{hub.Trim()}} },
          "routes": [{ "name": "a", "path": "/a", {{route.Trim()}} }],
          "pools": { "kb": { "nodes": ["http://127.0.0.1:8001"] } }
        }
        """);
}
