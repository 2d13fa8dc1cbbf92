using System.Text;
using Bascule.Settings;

namespace Bascule.Hub.Kafka.Tests;

/// <summary>Messages that are older than what a hub remembers.</summary>
public sealed class HistoryTests
{
    private static readonly KafkaTopicSettings News = new() { Name = "news" };
    private static readonly FetchLimits Generous = new(5000, 4_000_000);

    [Fact]
    public async Task A_range_in_the_middle_comes_in_order_without_its_ends()
    {
        await using var stage = await FilledAsync(1000);
        var history = stage.History(News);

        for (var again = 0; again < 3; again++) // the second one uses the same consumer
        {
            var (result, messages) = await FetchAsync(stage, history, 199, 300, Generous);

            Assert.Equal(new FetchResult(100, null), result);
            Assert.Equal(Enumerable.Range(200, 100).Select(n => $"{n}"), messages.Select(m => Encoding.UTF8.GetString(m.Payload.Span)));
            Assert.Equal(Enumerable.Range(200, 100).Select(n => (long)n), messages.Select(m => m.Position.Offset));
            Assert.All(messages, m => Assert.Equal(("news", stage.Logs.Of("news")), (m.Topic, (LogId?)m.Position.Log)));
        }
    }

    [Fact]
    public async Task A_range_may_go_to_the_end_and_may_be_empty()
    {
        await using var stage = await FilledAsync(100);
        var history = stage.History(News);

        Assert.Equal(new FetchResult(10, null), (await FetchAsync(stage, history, 89, 100, Generous)).Result);
        Assert.Equal(new FetchResult(10, null), (await FetchAsync(stage, history, 89, long.MaxValue, Generous)).Result);
        Assert.Equal(new FetchResult(0, null), (await FetchAsync(stage, history, 50, 51, Generous)).Result);
        Assert.Equal(new FetchResult(0, null), (await FetchAsync(stage, history, 99, 100, Generous)).Result);
    }

    [Theory]
    [InlineData(50, 4_000_000L)]
    [InlineData(5000, 100L)]
    public async Task More_than_the_limits_allow_is_too_many_and_gives_nothing(int messages, long bytes)
    {
        await using var stage = await FilledAsync(200);

        var (result, given) = await FetchAsync(stage, stage.History(News), 9, 110, new FetchLimits(messages, bytes));

        Assert.Equal(new FetchResult(0, GapReason.TooMany), result);
        Assert.Empty(given);
    }

    [Fact]
    public async Task What_Kafka_deleted_already_is_too_old()
    {
        await using var stage = await FilledAsync(10);
        var large = new string('x', 50_000); // the brokers keep 5 MB
        for (var i = 0; i < 15; i++)
            await stage.WriteAsync("news", Enumerable.Range(0, 10).Select(_ => ((string?)null, (string?)large)));

        var (result, given) = await FetchAsync(stage, stage.History(News), 3, 8, Generous);

        Assert.Equal(new FetchResult(0, GapReason.TooOld), result);
        Assert.Empty(given);
    }

    [Fact]
    public async Task A_place_past_the_end_of_the_log_is_truncated()
    {
        await using var stage = await FilledAsync(10);

        Assert.Equal(GapReason.Truncated, (await FetchAsync(stage, stage.History(News), 10, 20, Generous)).Result.Fault);
    }

    [Fact]
    public async Task A_log_that_nobody_reads_any_more_is_another_epoch()
    {
        await using var stage = await FilledAsync(1);
        var history = stage.History(News);
        var former = LogId.Of("kafka:gone");

        Assert.True(history.Has(stage.Logs.Of("news")!.Value));
        Assert.False(history.Has(former));
        Assert.Equal(new FetchResult(0, GapReason.EpochChanged), await history.FetchAsync(former, 0, 0, 10, Generous, _ => { }, default));
    }

    [Fact]
    public async Task While_brokers_are_away_so_is_the_source_and_later_it_is_back()
    {
        await using var stage = await FilledAsync(100);
        await using var history = new KafkaHistory(stage.Settings(News), stage.Logs, TimeProvider.System) { Patience = TimeSpan.FromSeconds(1) };
        await stage.Brokers.AllDownAsync();
        Assert.Equal(new FetchResult(0, GapReason.SourceAway), (await FetchAsync(stage, history, 9, 20, Generous)).Result);

        await stage.Brokers.AllUpAsync();
        await stage.Sink.UntilAsync(s => s.State!.IsConnected);
        FetchResult result;
        do
            result = (await FetchAsync(stage, history, 9, 20, Generous)).Result;
        while (result.Fault == GapReason.SourceAway); // its own connections come back in their own time

        Assert.Equal(new FetchResult(10, null), result);
    }

    [Fact]
    public async Task Many_fetches_at_once_share_a_few_consumers()
    {
        await using var stage = await FilledAsync(1000);
        var history = stage.History(News);

        var results = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => FetchAsync(stage, history, n * 10, (n * 10) + 51, Generous)));

        Assert.All(results, r => Assert.Equal(new FetchResult(50, null), r.Result));
    }

    /// <summary>One partition with so many records, and a source that has read them.</summary>
    private static async Task<KafkaStage> FilledAsync(int records)
    {
        var stage = await KafkaStage.StartAsync(("news", 1));
        await stage.WriteAsync("news", Enumerable.Range(0, records).Select(n => ((string?)null, (string?)$"{n}")));
        stage.Read(News);
        await stage.CaughtUpAsync();
        return stage;
    }

    private static async Task<(FetchResult Result, List<SourceMessage> Messages)> FetchAsync(KafkaStage stage, KafkaHistory history, long after, long before, FetchLimits limits)
    {
        var messages = new List<SourceMessage>();
        return (await history.FetchAsync(stage.Logs.Of("news")!.Value, 0, after, before, limits, messages.Add, default), messages);
    }
}
