using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What happens to those who read too slowly, and what does not happen to others.</summary>
public sealed class OverrunTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task With_drop_oldest_it_misses_the_oldest_is_told_which_and_gets_the_rest()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000 })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        var other = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 9, bytes: 100);
        client.Read(1);
        for (var offset = 10; offset < 1000; offset++)
        {
            hub.GiveRange(offset, offset, bytes: 100);
            other.ReadAll();
        }

        client.ReadAll();

        Assert.Equal(1000, other.Messages.Count());
        Assert.Equal(["message", "gap"], client.Kinds.Take(2));
        var gap = client.Frames[1];
        Assert.Equal((GapReason.TooSlow, 0L), (gap.Reason, gap.From.OffsetOf(Hubs.Prices, 0)!.Value));
        var to = gap.Cursor.OffsetOf(Hubs.Prices, 0)!.Value;
        Assert.Equal(Enumerable.Range((int)to + 1, 999 - (int)to).Select(o => (long)o), client.Messages.Skip(1).Select(m => m.Position.Offset));
        var overrun = client.Subscription.TakeOverrun()!;
        Assert.Equal((false, to), (overrun.MustClose, overrun.Messages));
        Assert.Null(client.Subscription.TakeOverrun());
        Assert.Equal((1L, 1L), (hub.Figures.Overruns, hub.Figures.Gaps[GapReason.TooSlow]));
    }

    [Theory]
    [InlineData(SlowReaderPolicy.DropOldest)]
    [InlineData(SlowReaderPolicy.Close)]
    public async Task Who_reads_a_frame_while_it_is_being_published_is_not_too_slow(SlowReaderPolicy policy)
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { SlowReader = policy })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 0, bytes: 100);
        client.ReadAll();
        var subscription = client.Subscription;

        // The publisher's first write of two: the frame is there, the end of the chain is not moved yet.
        Assert.True(subscription.Chain.Tail.TryAppend("frame\n"u8, Entry.Word(2, 0, subscription.At)));
        Assert.True(subscription.TryRead(100, out var bytes));
        subscription.Advance(bytes.Length);

        Assert.False(subscription.TryRead(100, out _));
        Assert.Equal((6, 0L, false), (bytes.Length, subscription.LagBytes, subscription.IsOver));
        Assert.Null(subscription.TakeOverrun());
    }

    [Fact]
    public async Task The_gap_comes_at_the_end_of_a_frame_that_was_begun()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000 })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 0, bytes: 100);
        client.Read(1, takes: 50);
        hub.GiveRange(1, 999, bytes: 100);
        client.Read();
        client.ReadAll();

        Assert.Equal(["message", "gap", "message"], client.Kinds.Take(3));
        Assert.Equal(0, client.Frames[0].Position.Offset);
    }

    [Fact]
    public async Task A_format_without_words_goes_on_without_one()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000 })).WithLog();
        var client = Client.Of(hub, "prices.eur", format: MessageFormat.Raw);
        hub.GiveRange(0, 999, bytes: 100);
        client.ReadAll();

        Assert.All(client.Kinds, k => Assert.Equal("message", k));
        Assert.Equal(999, client.Messages.Last().Position.Offset);
        Assert.InRange(client.Messages.Count(), 10, 100);
        Assert.NotNull(client.Subscription.TakeOverrun());
    }

    [Fact]
    public async Task With_keep_latest_it_gets_the_gap_and_then_the_newest_of_each_key()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000, SlowReader = SlowReaderPolicy.KeepLatest })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        for (var offset = 0; offset < 900; offset++)
            hub.Give(Hubs.Message(offset, $"{offset}".PadRight(100, '.'), key: offset < 890 ? $"k{offset % 3}" : "last"));
        client.ReadAll();
        hub.Give(Hubs.Message(900, "900"));
        client.ReadAll();

        Assert.Equal(["gap", "message", "message", "message", "message", "message"], client.Kinds);
        Assert.Equal(["887", "888", "889", "899", "900"], client.Texts.Select(t => t.TrimEnd('.')));
        Assert.All(client.Frames.Take(5), f => Assert.Equal(899, f.Cursor.OffsetOf(Hubs.Prices, 0)));
        Assert.Equal(896, client.Subscription.TakeOverrun()!.Messages);
    }

    [Fact]
    public async Task With_close_it_gets_no_more_and_its_owner_learns_it()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000, SlowReader = SlowReaderPolicy.Close })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 999, bytes: 100);

        Assert.False(client.Read());

        var overrun = client.Subscription.TakeOverrun()!;
        Assert.True(overrun.MustClose);
        Assert.False(client.Read());
    }

    [Fact]
    public async Task One_that_does_not_read_at_all_is_noticed_within_seconds()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000, SlowReader = SlowReaderPolicy.Close })).WithLog();
        var client = Client.Of(hub, "prices.eur");
        hub.GiveRange(0, 9, bytes: 100);
        client.Read(1);
        hub.GiveRange(10, 3000, bytes: 100);
        Assert.Equal(0, client.Told);

        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, client.Told);
        Assert.True(client.Subscription.TakeOverrun()!.MustClose);
    }

    [Fact]
    public async Task One_message_above_the_limit_is_no_reason()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 10_000 })).WithLog();
        var client = Client.Of(hub, "prices.eur").ReadAll();
        hub.GiveRange(0, 0, bytes: 50_000);
        client.ReadAll();
        hub.GiveRange(1, 1, bytes: 50_000);

        Assert.Equal(["message", "message"], client.ReadAll().Kinds);
    }

    [Fact]
    public async Task What_a_frozen_reader_holds_is_given_back_as_far_as_the_others_have_read()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { MaxLag = 200_000 })).WithLog();
        var frozen = Client.Of(hub, "prices.eur");
        var other = Client.Of(hub, "prices.eur");
        for (var offset = 0; offset < 20_000; offset++)
        {
            hub.GiveRange(offset, offset, bytes: 100);
            other.ReadAll();
        }

        Assert.InRange(hub.Figures.FramedBytes, 200_000, 400_000);
        Assert.Equal(20_000, other.Messages.Count());
        frozen.ReadAll();
        Assert.Equal(19_999, frozen.Messages.Last().Position.Offset);
    }
}
