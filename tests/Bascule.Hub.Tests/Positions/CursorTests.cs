using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Hub.Tests;

/// <summary>Cursors, as clients get them and bring them back.</summary>
public sealed class CursorTests
{
    private static readonly LogId One = new(0x1111);
    private static readonly LogId Two = new(0x2222);

    [Fact]
    public void A_cursor_says_of_each_partition_what_was_put_in()
    {
        var cursor = Cursor.Empty.With(new Position(Two, 7, 123456789)).With(new Position(One, 0, 5)).With(new Position(One, 3, -1)).With(new Position(One, 0, 6));

        var again = Hubs.Parse(cursor.ToString());

        Assert.Equal([new(One, 0, 6), new(One, 3, -1), new(Two, 7, 123456789)], again.Positions.ToArray());
        Assert.Equal(6, again.OffsetOf(One, 0));
        Assert.Null(again.OffsetOf(One, 1));
        Assert.Null(again.OffsetOf(Two, 0));
        Assert.True(again.Knows(Two));
        Assert.False(again.Knows(new LogId(0x3333)));
    }

    [Fact]
    public void Any_cursor_is_the_same_after_a_trip_to_a_client() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(ulong Log, int Partition, long Offset)[]>(), parts =>
        {
            var cursor = parts.Aggregate(Cursor.Empty, (c, p) => c.With(new Position(new LogId(p.Log % 5), p.Partition & 0xFFFF, p.Offset & (long.MaxValue >> 1))));
            Assert.Equal(cursor.Positions.ToArray(), Hubs.Parse(cursor.ToString()).Positions.ToArray());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_that_a_client_may_send_throws_and_what_is_read_is_written_the_same() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            byte[] begun = [1, .. bytes];
            var text = System.Buffers.Text.Base64Url.EncodeToString(begun);
            if (Cursor.TryParse(text, out var cursor))
                Assert.Equal(text, cursor.ToString());
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("Ag")]
    [InlineData("AQ==")]
    [InlineData(" AQ")]
    [InlineData("AQ\n")]
    [InlineData("AR")]
    [InlineData("AQÄ")]
    [InlineData("AREAAAAAAAAA")]
    [InlineData("AREAAAAAAAAAAA")]
    [InlineData("AREAAAAAAAAA_____w8AAA")]
    public void What_no_shard_has_written_is_refused(string? text) => Assert.False(Cursor.TryParse(text, out _));

    [Fact]
    public void Logs_out_of_order_repeated_or_with_partitions_beyond_all_numbers_are_refused()
    {
        byte[] log = [9, 0, 0, 0, 0, 0, 0, 0];
        byte[] earlier = [8, 0, 0, 0, 0, 0, 0, 0];
        Assert.True(IsRead([1, .. log, 1, 0, 5]));
        Assert.False(IsRead([1, .. log, 1, 0, 5, .. log, 1, 1, 5]));
        Assert.False(IsRead([1, .. log, 1, 0, 5, .. earlier, 1, 0, 5]));
        Assert.False(IsRead([1, .. log, 0]));
        Assert.False(IsRead([1, .. log, 2, 0xFF, 0xFF, 0xFF, 0xFF, 7, 1, 0xFF, 0xFF, 0xFF, 0xFF, 7, 1]));
        Assert.False(IsRead([1, .. log, 1, 0x80, 0, 5]));
        Assert.False(IsRead([1, .. log, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]));

        static bool IsRead(byte[] bytes) => Cursor.TryParse(System.Buffers.Text.Base64Url.EncodeToString(bytes), out _);
    }

    [Fact]
    public void Text_above_the_limit_is_refused_and_what_the_largest_log_needs_is_below_it()
    {
        var cursor = Cursor.Empty;
        for (var partition = 0; partition < 400; partition++)
            cursor = cursor.With(new Position(One, partition, 30_000_000_000));

        Assert.True(Cursor.TryParse(cursor.ToString(), out _));
        Assert.False(Cursor.TryParse(new string('A', Cursor.MostCharacters + 1), out _));
    }

    [Fact]
    public void One_cursor_dominates_another_when_it_has_seen_all_of_it()
    {
        var low = Cursor.Empty.With(new Position(One, 0, 5));
        var high = low.With(new Position(One, 0, 6)).With(new Position(Two, 0, 1));

        Assert.True(high.Dominates(low));
        Assert.True(low.Dominates(low));
        Assert.False(low.Dominates(high));
        Assert.True(low.Dominates(Cursor.Empty.With(new Position(Two, 0, -1))));
    }
}
