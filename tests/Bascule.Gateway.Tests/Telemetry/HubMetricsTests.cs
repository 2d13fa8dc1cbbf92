using Bascule.Hub;

namespace Bascule.Gateway.Tests;

/// <summary>What Prometheus gets of the hub and its shards.</summary>
public sealed class HubMetricsTests : IDisposable
{
    private readonly MetricsBench _bench = new()
    {
        Hub = new HubReading(
            [Shard("shard:1", 3, 2, 1), Shard("shard:2", 0, 0, 0)], [new SourceReading("kafka market", true, 7)], [new ResumeReading("shard:1", "whole", 4)]),
    };

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Every_name_of_the_contract_is_there_with_its_type()
    {
        var types = (await _bench.ScrapeAsync()).Split('\n').Where(l => l.StartsWith("# TYPE bascule_", StringComparison.Ordinal)).Select(l => l["# TYPE ".Length..]);

        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal)
            {
                "bascule_hub_deliveries_total counter", "bascule_hub_delivered_bytes_total counter", "bascule_hub_fanout_duration_seconds histogram", "bascule_hub_history_bytes gauge",
                "bascule_hub_messages_in_total counter", "bascule_hub_subscriptions gauge", "bascule_hub_topics gauge", "bascule_kafka_lag gauge", "bascule_resume_total counter", "bascule_source_connected gauge",
            },
            types.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_histogram_of_each_shard_is_cumulative_and_ends_in_its_count()
    {
        Assert.Equal(
        [
            "_bucket{shard=\"shard:1\",le=\"0.001\"} 3", "_bucket{shard=\"shard:1\",le=\"0.01\"} 5", "_bucket{shard=\"shard:1\",le=\"+Inf\"} 6",
            "_sum{shard=\"shard:1\"} 0.5", "_count{shard=\"shard:1\"} 6",
            "_bucket{shard=\"shard:2\",le=\"0.001\"} 0", "_bucket{shard=\"shard:2\",le=\"0.01\"} 0", "_bucket{shard=\"shard:2\",le=\"+Inf\"} 0",
            "_sum{shard=\"shard:2\"} 0.5", "_count{shard=\"shard:2\"} 0",
        ], (await _bench.SamplesAsync("bascule_hub_fanout_duration_seconds")).Select(l => l["bascule_hub_fanout_duration_seconds".Length..]));
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong()
    {
        var (code, said) = await Promtool.RunAsync(["check", "metrics"], await _bench.ScrapeAsync());

        Assert.True(code is 0 or 3, $"promtool ended with {code}: {said}");
        Assert.DoesNotContain("bascule_", said);
    }

    [Fact]
    public async Task Without_topics_there_is_nothing_of_a_hub()
    {
        _bench.Hub = null;

        Assert.DoesNotContain("bascule_hub_", await _bench.ScrapeAsync());
    }

    private static ShardReading Shard(string name, params long[] counts) => new(name, 10, 4, 100, 900, 9000, 5000, new FanoutFigures([0.001, 0.01], counts, 0.5));
}
