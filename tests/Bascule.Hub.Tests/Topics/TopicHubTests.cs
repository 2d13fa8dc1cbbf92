using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Topics as a whole: how many, what they count, what comes into them.</summary>
public sealed class TopicHubTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task When_there_are_too_many_topics_those_that_nobody_reads_go_first()
    {
        await using var hub = Hubs.Of(_time, new HubSettings { MostTopics = 10 }).WithLog();
        var reader = Client.Of(hub, "prices.0");
        for (var offset = 0; offset < 100; offset++)
            hub.Give(Hubs.Message(offset, topic: $"prices.{offset}"));

        Assert.Equal(10, hub.Figures.Topics);
        Assert.Single(reader.ReadAll().Messages);
        Assert.Equal(["0:99"], Client.Of(hub, "prices.99", Hubs.Seen(98)).ReadAll().Texts);
    }

    [Fact]
    public async Task A_topic_that_was_forgotten_and_comes_back_hides_nothing()
    {
        await using var hub = Hubs.Of(_time, new HubSettings { MostTopics = 10 }).WithLog();
        for (var offset = 0; offset < 12; offset++)
            hub.Give(Hubs.Message(offset, topic: $"prices.{offset}"));
        hub.Give(Hubs.Message(12, topic: "prices.0"));

        Assert.Equal(["gap"], Client.Of(hub, "prices.0", Hubs.Seen(-1)).ReadAll().Kinds);
        Assert.Equal(["0:12"], Client.Of(hub, "prices.0", Hubs.Seen(11)).ReadAll().Texts);
    }

    [Fact]
    public async Task When_all_are_read_no_more_can_be_and_patterns_still_get_everything()
    {
        await using var hub = Hubs.Of(_time, new HubSettings { MostTopics = 10 }).WithLog();
        var pattern = Client.Of(hub, "prices.*");
        var readers = Enumerable.Range(0, 9).Select(n => Client.Of(hub, $"prices.{n}")).ToList();
        Assert.Null(hub.Subscribe("prices.9", MessageFormat.Json, null, pattern));
        Assert.Null(hub.Subscribe("news.*", MessageFormat.Json, null, pattern));
        Assert.NotNull(hub.Subscribe("prices.1", MessageFormat.Json, null, pattern));

        hub.Give(Hubs.Message(0, topic: "prices.9"), Hubs.Message(1, topic: "prices.1"));

        Assert.Equal(["0:0", "0:1"], pattern.ReadAll().Texts);
        Assert.Equal(["gap"], Client.Of(hub, "prices.*", Hubs.Seen(-1)).ReadAll().Kinds);
        readers[0].Subscription.Dispose();
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.NotNull(hub.Subscribe("prices.9", MessageFormat.Json, null, pattern));
    }

    [Fact]
    public async Task A_pattern_that_nobody_reads_any_more_goes_and_comes_again()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        Client.Of(hub, "prices.*").Subscription.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, hub.Figures.Streams);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0, 0L), (hub.Figures.Streams, hub.Figures.Topics, hub.Figures.FramedBytes));
        hub.GiveRange(0, 3);

        Assert.Equal(["0:2", "0:3"], Client.Of(hub, "prices.*", Hubs.Seen(1)).ReadAll().Texts);
    }

    [Fact]
    public async Task Messages_for_what_is_no_topic_or_not_their_log_s_are_counted_and_left_out()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "*");
        hub.Give(Hubs.Message(0, topic: "prices.a b"), Hubs.Message(1, topic: "news"), Hubs.Message(2));

        Assert.Equal(["0:2"], client.ReadAll().Texts);
        Assert.Equal(2, hub.Figures.Refused);
    }

    [Fact]
    public async Task A_log_must_be_begun_and_small_enough_for_cursors()
    {
        await using var hub = Hubs.Of(_time);

        Assert.Throws<InvalidOperationException>(() => hub.Append([Hubs.Message(0)]));
        Assert.Throws<ArgumentException>(() => hub.WithLog(partitions: 401));
        Assert.Throws<ArgumentException>(() => hub.Subscribe("a b", MessageFormat.Json, null, new Client()));
    }

    [Fact]
    public async Task Figures_tell_what_is_there()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur");
        Client.Of(hub, "prices.*");
        hub.GiveRange(0, 2);
        hub.Report(new SourceState("kafka", true, true, 7, _time.GetUtcNow(), null));

        var figures = hub.Figures;
        Assert.Equal((2, 2, 2, 3L, 3L), (figures.Topics, figures.Streams, figures.Subscriptions, figures.MessagesIn, figures.HistoryMessages));
        Assert.Equal(7, Assert.Single(figures.Sources).Lag);
        Assert.Equal([("prices.*", 1, 3L), ("prices.eur", 1, 3L)], hub.Topics().Select(t => (t.Name, t.Subscriptions, t.Messages)).Order());
        client.Subscription.Dispose();
        client.Subscription.Dispose();
        Assert.Equal(1, hub.Figures.Subscriptions);
    }
}
