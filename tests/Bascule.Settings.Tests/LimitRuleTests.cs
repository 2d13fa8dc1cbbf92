namespace Bascule.Settings.Tests;

/// <summary>Limits that can be read and that do not contradict each other.</summary>
public sealed class LimitRuleTests
{
    [Theory]
    [InlineData("\"connectionsPerUser\": 11, \"connections\": 10", "connectionsPerUser", "connections (10)")]
    [InlineData("\"connectionsPerAddress\": 11, \"connections\": 10", "connectionsPerAddress", "connections (10)")]
    [InlineData("\"messagesPerSecond\": 11, \"userMessagesPerSecond\": 10", "messagesPerSecond", "userMessagesPerSecond (10)")]
    [InlineData("\"bytesPerSecond\": 11, \"userBytesPerSecond\": 10", "bytesPerSecond", "userBytesPerSecond (10)")]
    [InlineData("\"upgradeRatePerUser\": \"61/m\", \"upgradeRate\": \"1/s\"", "upgradeRatePerUser.rate", "upgradeRate, which counts all attempts together")]
    [InlineData("\"upgradeRatePerAddress\": \"2/s\", \"upgradeRate\": { \"rate\": \"60/m\", \"burst\": 500 }", "upgradeRatePerAddress.rate", "upgradeRate, which counts all attempts together")]
    public void A_part_above_its_whole_is_a_fault_of_the_gateway_a_route_or_a_tier(string limits, string name, string whole)
    {
        foreach (var (dropIn, path) in Places(limits))
            SettingsFolder.AssertFault(dropIn, $"{path}.{name}", $"is above {path}.{whole}, so that it could never be reached");
    }

    [Theory]
    [InlineData("\"connectionsPerUser\": 10, \"connections\": 10")]
    [InlineData("\"connectionsPerUser\": 10")]
    [InlineData("\"upgradeRatePerUser\": \"60/m\", \"upgradeRate\": \"1/s\"")]
    [InlineData("\"upgradeRate\": { \"rate\": \"20/s\", \"burst\": 5 }")]
    [InlineData("\"patience\": \"10s\", \"messageBytes\": 65536, \"fragments\": 100")]
    public void Limits_that_can_all_be_reached_are_taken(string limits)
    {
        foreach (var (dropIn, _) in Places(limits))
            Assert.NotNull(SettingsFolder.SettingsOf(dropIn));
    }

    [Theory]
    [InlineData("upgradeRate")]
    [InlineData("upgradeRatePerUser")]
    [InlineData("upgradeRatePerAddress")]
    [InlineData("requestRatePerAddress")]
    public void A_rate_needs_a_number_and_a_unit(string name)
    {
        foreach (var (dropIn, path) in Places($"\"{name}\": \"20 per second\""))
            SettingsFolder.AssertFault(dropIn, $"{path}.{name}.rate", "is no rate");
    }

    [Fact]
    public void All_faults_of_limits_are_told_at_once()
    {
        using var folder = new SettingsFolder().With("bascule.json", """
            { "limits": { "upgradeRate": "fast", "upgradeRatePerUser": "5/d", "connections": 5, "connectionsPerUser": 6 }, "tiers": { "a b": { "requestRatePerAddress": 5 } } }
            """);

        Assert.Equal(["tiers.a b.requestRatePerAddress", "limits.connectionsPerUser", "limits.upgradeRate.rate", "limits.upgradeRatePerUser.rate"], folder.Load().Faults.Select(f => f.Path));
    }

    [Fact]
    public void A_limit_of_a_route_that_the_gateway_never_lets_it_reach_is_noticed()
    {
        var notice = Assert.Single(SettingsFolder.NoticesOf("""
            { "limits": { "connections": 5000 }, "routes": [{ "name": "a", "path": "/a", "auth": "none", "pool": "kb", "limits": { "connections": 6000, "connectionsPerUser": 3 } }] }
            """));

        Assert.Equal("routes.0.limits.connections is 6000 (bascule.d/test.json:1), but limits.connections lets in only 5000.", notice);
    }

    [Theory]
    [InlineData("free")]
    [InlineData("org:admin")]
    [InlineData("a-b_c/d@e")]
    public void Tiers_are_called_like_values_of_tokens(string name) =>
        Assert.Equal([name], SettingsFolder.SettingsOf($$"""{ "tiers": { "{{name}}": { "connectionsPerUser": 3 } }, "pools": { "kb": { "queue": { "priorities": { "{{name}}": 5 } } } } }""").Tiers.Keys);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    public void Other_names_are_no_tiers(string name)
    {
        SettingsFolder.AssertFault($$"""{ "tiers": { "{{name}}": {} } }""", $"tiers.{name}", "has a name that no setting can be");
        SettingsFolder.AssertFault($$"""{ "pools": { "kb": { "queue": { "priorities": { "{{name}}": 5 } } } } }""", $"pools.kb.queue.priorities.{name}", "is no name of a tier or role");
    }

    private static IEnumerable<(string DropIn, string Path)> Places(string limits) =>
    [
        ($$"""{ "limits": { {{limits}} } }""", "limits"),
        ($$"""{ "routes": [{ "name": "a", "path": "/a", "auth": "none", "pool": "kb", "limits": { {{limits}} } }] }""", "routes.0.limits"),
        ($$"""{ "tiers": { "free": { {{limits}} } } }""", "tiers.free"),
    ];
}
