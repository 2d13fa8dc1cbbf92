namespace Bascule.Cli.Tests;

/// <summary>Health documents of servers that nobody here wrote.</summary>
public sealed class HealthReadingTests
{
    [Fact]
    public void Numbers_come_as_numbers_or_texts()
    {
        var health = HealthReading.Parse("""
            { "status": "healthy", "checks": { "capacity": { "current": "12000", "max": 18000 }, "cpu": { "percentage": "97.5%" }, "memory": { "usedMegabytes": "512", "limitMegabytes": 1024 } },
              "shards": [ { "id": "shard-3002", "connections": 4000, "slots": "6000", "available": 2000, "utilization": "66.7 %" }, { "connections": "4003" }, {} ] }
            """);

        Assert.Equal(("healthy", 12000, 18000, 97.5), (health.Status, health.Connections, health.Capacity, health.CpuPercentage));
        Assert.Equal(new MemoryReading(512e6, 1024e6, 50), health.Memory);
        Assert.Equal(3, health.Imbalance);
        Assert.Equal(
            [new ShardReading("shard-3002", 4000, 6000, 2000, 66.7), new ShardReading("1", 4003, null, null, null), new ShardReading("2", null, null, null, null)], health.Shards);
    }

    [Fact]
    public void Shards_may_be_named_members()
    {
        var health = HealthReading.Parse("""{ "shards": { "3002": { "connections": 10 }, "3003": { "connections": 4 } } }""");

        Assert.Equal(["3002", "3003"], health.Shards.Select(s => s.Id));
        Assert.Equal(6, health.Imbalance);
    }

    [Theory]
    [InlineData("0.5", 3000, 6000, 50)]
    [InlineData("50", 3000, 6000, 50)]
    [InlineData("0.5", 30, 6000, 0.5)]
    [InlineData("1", 6000, 6000, 100)]
    [InlineData("1", 60, 6000, 1)]
    [InlineData("0", 0, 6000, 0)]
    public void A_share_may_be_told_of_one_or_of_a_hundred(string told, int connections, int slots, double percent) =>
        Assert.Equal(percent, HealthReading.Parse($$"""{ "shards": [ { "connections": {{connections}}, "slots": {{slots}}, "utilization": {{told}} } ] }""").Shards[0].Utilization);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{ "checks": null, "shards": null }""")]
    [InlineData("""{ "checks": [], "shards": 3 }""")]
    [InlineData("""{ "checks": { "capacity": 5, "cpu": {}, "memory": [] }, "shards": {} }""")]
    [InlineData("""{ "checks": { "capacity": { "current": null, "max": "many" }, "cpu": { "percentage": "NaN" }, "memory": { "used": true } }, "shards": [] }""")]
    public void What_is_missing_or_no_number_is_not_known(string text)
    {
        var health = HealthReading.Parse(text);

        Assert.Equal((null, null, null, null), (health.Connections, health.Capacity, health.CpuPercentage, health.Imbalance));
        Assert.Equal(new MemoryReading(null, null, null), health.Memory);
        Assert.Empty(health.Shards);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{ \"checks\": { ")]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    [InlineData("{ \"checks\": { \"cpu\": 1, \"cpu\": 2 } }")]
    public void What_is_no_document_is_refused(string text) => Assert.ThrowsAny<FormatException>(() => HealthReading.Parse(text));

    [Fact]
    public void The_screen_shows_a_dash_for_what_is_not_known_and_the_imbalance()
    {
        var bench = new TopBench(isHealth: true);
        bench.Took(new TopSnapshot(TopBench.Start)
        {
            Health = HealthReading.Parse("""{ "checks": { "cpu": 97.5 }, "shards": [ { "id": 1, "connections": 4000, "slots": 6000 }, { "id": 2, "connections": 3990, "utilization": 66.5 } ] }"""),
        });

        var lines = bench.Text.Split('\n');

        Assert.Equal("bascule top  gateway.example:8667  –  up –  – of – slots            12:00:00 UTC", lines[0]);
        Assert.Contains("2 shards  imbalance 10", bench.Text);
        Assert.Contains(lines, l => l == "1      4000   6000      –      –");
        Assert.Contains(lines, l => l.StartsWith("2      3990      –      –  66.5%  █████████████▎", StringComparison.Ordinal));
        Assert.DoesNotContain("2 connections", bench.Text);
        Assert.All(TopFrame.Draw(bench.Model, new ScreenSize(160, 50)).Lines, l => Assert.InRange(l.Width, 0, 160));
    }
}
