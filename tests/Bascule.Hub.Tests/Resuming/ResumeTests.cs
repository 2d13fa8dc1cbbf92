using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What a client gets that was away, when all that it missed is remembered.</summary>
public sealed class ResumeTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Who_was_away_gets_what_was_missed_then_the_word_then_what_comes()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 9);

        var client = Client.Of(hub, "prices.eur", Hubs.Seen(6));
        Assert.Equal(ResumeKind.Whole, client.Subscription.Resume.Kind);
        Assert.Equal(6, client.Subscription.At.OffsetOf(Hubs.Prices, 0));
        hub.GiveRange(10, 10);
        client.ReadAll();
        hub.GiveRange(11, 11);
        client.ReadAll();

        Assert.Equal(["0:7", "0:8", "0:9", "0:10", "0:11"], client.Texts);
        var resumed = Assert.Single(client.Frames, f => f.Kind == "resumed");
        Assert.Equal((4, ReplaySource.Ring, 4), (resumed.Replayed, resumed.Source, client.Frames.IndexOf(resumed)));
        Assert.Equal(4, client.Subscription.Resume.Replayed);
        Assert.Equal(1, hub.Figures.Whole);
    }

    [Fact]
    public async Task Who_missed_nothing_is_told_so_at_once()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 9);

        var client = Client.Of(hub, "prices.eur", Hubs.Seen(9)).ReadAll();

        Assert.Equal(["resumed"], client.Kinds);
        Assert.Equal(0, client.Frames[0].Replayed);
    }

    [Fact]
    public async Task While_others_read_the_stream_who_was_away_shares_their_bytes_and_the_word_comes_in_its_place()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var other = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 999);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(299));
        client.Read(100);
        hub.GiveRange(1000, 1009);
        client.ReadAll(10_000);

        Assert.Equal(Enumerable.Range(300, 710).Select(n => $"0:{n}"), client.Texts);
        var resumed = Assert.Single(client.Frames, f => f.Kind == "resumed");
        Assert.Equal(client.Frames.IndexOf(resumed), resumed.Replayed);
        Assert.InRange(resumed.Replayed, 700, 710);
        Assert.Equal(1010, other.ReadAll().Messages.Count());
    }

    [Fact]
    public async Task On_a_shard_with_another_order_each_message_comes_once()
    {
        await using var hub = Hubs.Of(_time).WithLog(partitions: 2);
        hub.GiveRange(0, 4, partition: 1);
        hub.GiveRange(0, 4, partition: 0);

        var client = Client.Of(hub, "prices.eur", Hubs.Seen(4, 0).With(new(Hubs.Prices, 1, 1))).ReadAll();
        Assert.Equal(["1:2", "1:3", "1:4"], client.Texts);
        Assert.All(client.Messages, m => Assert.Equal(4, m.Cursor.OffsetOf(Hubs.Prices, 0)));
        hub.GiveRange(5, 5, partition: 1);
        Assert.Equal(4, client.ReadAll().Messages.Count());
    }

    [Fact]
    public async Task On_a_shard_that_is_behind_nothing_comes_again_and_nothing_is_lost()
    {
        await using var hub = Hubs.Of(_time).WithLog(partitions: 2);
        hub.GiveRange(0, 1);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(3).With(new(Hubs.Prices, 1, -1))).ReadAll();
        Assert.Equal(["resumed"], client.Kinds);

        hub.GiveRange(2, 3);
        hub.GiveRange(0, 0, partition: 1);
        client.ReadAll();
        Assert.Equal(3, client.Cursor!.OffsetOf(Hubs.Prices, 0));
        hub.GiveRange(4, 5);

        Assert.Equal(["1:0", "0:4", "0:5"], client.ReadAll().Texts);
    }

    [Fact]
    public async Task What_a_client_saw_elsewhere_does_not_come_again_when_the_shard_gets_it_while_the_client_catches_up()
    {
        await using var hub = Hubs.Of(_time).WithLog(partitions: 2);
        Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 999);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(0).With(new(Hubs.Prices, 1, 10)));
        client.Read();
        hub.GiveRange(0, 12, partition: 1);
        hub.GiveRange(1000, 1099);
        client.ReadAll();

        Assert.Equal(["1:11", "1:12"], client.Texts.Where(t => t.StartsWith("1:", StringComparison.Ordinal)));
        Assert.Equal(1099, client.Texts.Count(t => t.StartsWith("0:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pattern_is_filled_from_its_topics_when_its_first_reader_comes_back()
    {
        await using var hub = Hubs.Of(_time).WithLog(feeds: "*");
        hub.Give(Hubs.Message(0, topic: "prices.eur"), Hubs.Message(1, topic: "prices.usd"), Hubs.Message(2, topic: "news"), Hubs.Message(3, topic: "prices.eur"));

        Assert.Equal(["0:1", "0:3"], Client.Of(hub, "prices.*", Hubs.Seen(0)).ReadAll().Texts);
        Assert.Equal(["0:1", "0:2", "0:3"], Client.Of(hub, "*", WithLocal(hub, Hubs.Seen(0))).ReadAll().Texts);
    }

    [Fact]
    public async Task Messages_of_a_partition_that_is_new_in_a_known_log_are_all_missed_ones()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 1);
        hub.GiveRange(0, 1, partition: 1);

        Assert.Equal(["1:0", "1:1"], Client.Of(hub, "prices.eur", Hubs.Seen(1)).ReadAll().Texts);
    }

    [Fact]
    public async Task A_quiet_topic_is_whole_although_its_partition_has_moved_on_and_forgotten_much()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 5 })).WithLog();
        hub.Give(Hubs.Message(0, topic: "prices.usd"));
        hub.GiveRange(1, 100);

        var client = Client.Of(hub, "prices.usd", Hubs.Seen(0)).ReadAll();

        Assert.Equal(["resumed"], client.Kinds);
        Assert.Equal(100, client.Cursor!.OffsetOf(Hubs.Prices, 0));
    }

    [Fact]
    public async Task A_partition_that_moved_on_without_messages_is_no_gap()
    {
        await using var hub = Hubs.Of(_time).WithLog(first: 50);
        hub.Advance(Hubs.Prices, 0, 79);

        var client = Client.Of(hub, "prices.eur", Hubs.Seen(60)).ReadAll();

        Assert.Equal(["resumed"], client.Kinds);
    }

    [Fact]
    public async Task A_reader_that_catches_up_slowly_gets_all_that_comes_meanwhile()
    {
        await using var hub = Hubs.Of(_time).WithLog(partitions: 3);
        for (var offset = 0; offset < 2000; offset++)
            hub.Give(Hubs.Message(offset, partition: 0), Hubs.Message(offset, partition: 1), Hubs.Message(offset, partition: 2));
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(10).With(new(Hubs.Prices, 1, 1990)).With(new(Hubs.Prices, 2, 500)));
        for (var offset = 2000; client.Read(3000, 2500); offset++)
        {
            if (offset < 2050)
                hub.Give(Hubs.Message(offset, partition: offset % 3));
        }

        for (var partition = 0; partition < 3; partition++)
        {
            var first = partition switch { 0 => 11, 1 => 1991, _ => 501 };
            var expected = Enumerable.Range(first, 2000 - first).Concat(Enumerable.Range(2000, 50).Where(o => o % 3 == partition)).Select(o => (long)o);
            Assert.Equal(expected, client.Messages.Where(m => m.Position.Partition == partition).Select(m => m.Position.Offset));
        }
    }

    /// <summary>Everything that the hub may give to all topics is in the cursors of <c>*</c>.</summary>
    private static Cursor WithLocal(TopicHub hub, Cursor cursor)
    {
        using var all = hub.Subscribe("*", MessageFormat.Json, null, new Client())!;
        return all.At.Positions.ToArray().Where(p => !cursor.Knows(p.Log)).Aggregate(cursor, (c, p) => c.With(p));
    }
}
