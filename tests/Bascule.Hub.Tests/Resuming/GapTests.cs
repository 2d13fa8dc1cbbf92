using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>Why messages may be missing, and what the client is told.</summary>
public sealed class GapTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_cursor_of_another_life_of_the_log_is_a_gap_and_live_follows()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 4);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(2, log: LogId.Of("other")));
        hub.GiveRange(5, 5);
        client.ReadAll();

        Assert.Equal(["gap", "message"], client.Kinds);
        Assert.Equal((GapReason.EpochChanged, 4L), (client.Frames[0].Reason, client.Frames[0].Cursor.OffsetOf(Hubs.Prices, 0)!.Value));
        Assert.True(client.Frames[0].From.Knows(LogId.Of("other")));
        Assert.Equal((ResumeKind.Gap, GapReason.EpochChanged), (client.Subscription.Resume.Kind, client.Subscription.Resume.Reason));
        Assert.Equal(1, hub.Figures.Gaps[GapReason.EpochChanged]);
    }

    [Fact]
    public async Task Messages_that_nothing_remembers_are_a_gap()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 3 })).WithLog();
        hub.GiveRange(0, 9);

        Assert.Equal(["gap"], Client.Of(hub, "prices.eur", Hubs.Seen(5)).ReadAll().Kinds);
        Assert.Equal(GapReason.TooOld, Client.Of(hub, "prices.eur", Hubs.Seen(5)).ReadAll().Frames[0].Reason);
        Assert.Equal(["0:7", "0:8", "0:9"], Client.Of(hub, "prices.eur", Hubs.Seen(6)).ReadAll().Texts);
    }

    [Fact]
    public async Task Messages_of_before_the_shard_are_a_gap()
    {
        await using var hub = Hubs.Of(_time).WithLog(first: 100);

        Assert.Equal(GapReason.TooOld, Client.Of(hub, "prices.eur", Hubs.Seen(98)).ReadAll().Frames[0].Reason);
        Assert.Equal(["resumed"], Client.Of(hub, "prices.eur", Hubs.Seen(99)).ReadAll().Kinds);
    }

    [Fact]
    public async Task A_topic_without_history_is_a_gap_for_everyone_who_missed_something()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 0 })).WithLog();
        hub.GiveRange(0, 3);

        Assert.Equal(["gap"], Client.Of(hub, "prices.eur", Hubs.Seen(2)).ReadAll().Kinds);
        Assert.Equal(["resumed"], Client.Of(hub, "prices.eur", Hubs.Seen(3)).ReadAll().Kinds);
    }

    [Theory]
    [InlineData(GapReason.EpochChanged)]
    [InlineData(GapReason.Truncated)]
    [InlineData(GapReason.SourceAway)]
    public async Task The_end_of_a_log_is_told_to_those_who_read_and_to_those_who_come_back(GapReason why)
    {
        await using var hub = Hubs.Of(_time).WithLog();
        var client = Client.Of(hub, "prices.eur").ReadAll();
        hub.GiveRange(0, 1);
        hub.End(Hubs.Prices, why);
        var next = LogId.Of("next");
        hub.WithLog(id: next);
        hub.Give(Hubs.Message(0, log: next), Hubs.Message(7));
        client.ReadAll();

        Assert.Equal(1, client.Told);
        Assert.Equal(["message", "message", "gap", "message"], client.Kinds);
        Assert.Equal(why, client.Frames[2].Reason);
        Assert.Equal(1, client.Frames[2].From.OffsetOf(Hubs.Prices, 0));
        Assert.False(client.Frames[2].Cursor.Knows(Hubs.Prices));
        var back = Client.Of(hub, "prices.eur", Hubs.Seen(0)).ReadAll();
        Assert.Equal(why, Assert.Single(back.Frames).Reason);
        Assert.Equal(["resumed"], Client.Of(hub, "prices.eur", client.Cursor).ReadAll().Kinds);
    }

    [Fact]
    public async Task A_source_that_comes_back_behind_where_it_left_is_a_gap_for_all_who_read()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 1);
        var client = Client.Of(hub, "prices.eur");
        hub.WithLog(first: 2);
        hub.WithLog(first: 5);
        hub.GiveRange(5, 5);

        Assert.Equal(["gap", "message"], client.ReadAll().Kinds);
        Assert.Equal((GapReason.SourceAway, 1L, 4L), (client.Frames[0].Reason, client.Frames[0].From.OffsetOf(Hubs.Prices, 0)!.Value, client.Frames[0].Cursor.OffsetOf(Hubs.Prices, 0)!.Value));
    }

    [Fact]
    public async Task Who_stays_ahead_of_a_shard_that_has_read_all_there_is_learns_that_the_log_lost_its_end()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.Report(new SourceState("kafka", true, true, 0, _time.GetUtcNow(), null));
        hub.GiveRange(0, 5);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(90)).ReadAll();

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["resumed"], client.ReadAll().Kinds);
        _time.Advance(TimeSpan.FromSeconds(3));
        client.ReadAll();
        hub.GiveRange(6, 6);
        client.ReadAll();

        Assert.Equal(["resumed", "gap", "message"], client.Kinds);
        Assert.Equal((GapReason.Truncated, 5L), (client.Frames[1].Reason, client.Frames[1].Cursor.OffsetOf(Hubs.Prices, 0)!.Value));
    }

    [Fact]
    public async Task Who_is_ahead_of_a_shard_that_is_known_to_be_behind_waits()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.Report(new SourceState("kafka", true, false, 1000, _time.GetUtcNow(), null));
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(90)).ReadAll();

        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.DoesNotContain("gap", client.ReadAll().Kinds);
    }

    [Fact]
    public async Task A_reader_that_catches_up_too_slowly_has_a_gap_of_its_own()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 1000 })).WithLog(partitions: 2);
        hub.GiveRange(0, 999, bytes: 200);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(10));
        client.Read(1000);
        hub.GiveRange(1000, 3000, bytes: 200);
        client.ReadAll();

        var gap = Assert.Single(client.Frames, f => f.Kind == "gap");
        Assert.Equal((GapReason.TooSlow, 3000L), (gap.Reason, gap.Cursor.OffsetOf(Hubs.Prices, 0)!.Value));
        Assert.Equal(client.Messages.Last().Cursor.ToString(), gap.From.ToString());
        Assert.DoesNotContain("resumed", client.Kinds);
        Assert.False(client.Subscription.TakeOverrun()!.MustClose);
    }

    [Fact]
    public async Task One_that_catches_up_too_slowly_is_closed_where_the_topic_says_so()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 1000, SlowReader = SlowReaderPolicy.Close })).WithLog();
        hub.GiveRange(0, 999, bytes: 200);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(10));
        client.Read(1000);
        hub.GiveRange(1000, 3000, bytes: 200);
        client.ReadAll();

        Assert.True(client.Subscription.TakeOverrun()!.MustClose);
        Assert.DoesNotContain("gap", client.Kinds);
    }

    [Fact]
    public async Task A_gap_keeps_what_the_client_has_seen_that_this_shard_has_not()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 1 })).WithLog(partitions: 2);
        hub.GiveRange(0, 5);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(0).With(new(Hubs.Prices, 1, 2)));
        hub.Give(Hubs.Message(0, partition: 1));
        client.ReadAll();
        hub.Give(Hubs.Message(1, partition: 1));
        client.ReadAll();
        hub.Give(Hubs.Message(2, partition: 1));
        client.ReadAll();
        hub.Give(Hubs.Message(3, partition: 1));
        client.ReadAll();

        Assert.Equal(["gap", "message"], client.Kinds);
        Assert.Equal("1:3", client.Messages.Single().Text);
        Assert.Equal(2, client.Frames[0].Cursor.OffsetOf(Hubs.Prices, 1));
    }
}
