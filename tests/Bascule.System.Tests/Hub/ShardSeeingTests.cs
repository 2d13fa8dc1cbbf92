using System.Globalization;

namespace Bascule.System.Tests;

/// <summary>What an operator sees of shards: metrics, figures, and a log without noise.</summary>
public sealed class ShardSeeingTests
{
    [Fact]
    public async Task Metrics_and_figures_of_a_shard_are_at_the_gateway_and_at_the_shard()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 2, slots: 10);
        var answers = await gateway.Process.LineAsync("ShardAnswers url=(?<url>http://127\\.0\\.0\\.1:\\d+)");
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/feed?topic=news");
        await gateway.SubscribedAsync(1);

        for (var i = 0; i < 3; i++)
            await gateway.PublishAsync("news", i.ToString(CultureInfo.InvariantCulture));

        await Waiting.UntilAsync(() => gateway.MetricAsync("bascule_hub_fanout_duration_seconds_count"), measured => measured == 3, gateway.Process.Report);
        var shards = await gateway.ShardsAsync(answer => answer["shards"]!.AsArray().Sum(s => (int?)s!["figures"]?["messagesOut"] ?? 0) == 3);
        Assert.All(shards["shards"]!.AsArray(), shard => Assert.NotNull(shard!["figures"]!["cpuPercentage"]));
        using var http = new HttpClient();
        var own = await http.GetStringAsync(new Uri($"{answers.Groups["url"].Value}/metrics"), TestContext.Current.CancellationToken).Soon(gateway.Process.Report);
        Assert.Matches("bascule_slots_limit\\{node=\"shard:[12]\",pool=\"hub\"\\} 10\n", own);
        Assert.Matches("bascule_hub_fanout_duration_seconds_count\\{shard=\"shard:[12]\"\\} [03]\n", own);
        Assert.Contains("process_open_fds", own, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_that_the_gateway_stops_are_no_warnings()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 2, slots: 10);
        using var client = await HubSocket.ConnectAsync(gateway.WebSocketUrl + "/feed");

        var code = await gateway.StopAsync();

        Assert.Equal(0, code);
        // A shard that takes more than five seconds to start is missed, and that may be here.
        Assert.DoesNotMatch(" warn (ShardAway|NodeLeftUse|LinkDown (?!.*nobody takes))", gateway.Process.Output);
        Assert.Contains("ShardStopped", gateway.Process.Output, StringComparison.Ordinal);
    }
}
