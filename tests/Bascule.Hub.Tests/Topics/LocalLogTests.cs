using System.Text;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What is published through the gateway itself.</summary>
public sealed class LocalLogTests
{
    private static readonly byte[] Hello = Encoding.UTF8.GetBytes("hello");
    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_is_published_is_read_with_the_cursor_that_the_publisher_got()
    {
        await using var hub = Hubs.Of(_time);
        var log = Log(hub);
        var client = Client.Of(hub, "chat").ReadAll();
        byte[] payload = [.. Hello];
        var at = log.Publish("chat", "key", payload, null);
        payload[0] = (byte)'j';

        Assert.Equal(1, client.Told);
        Assert.Equal(["hello"], client.ReadAll().Texts);
        Assert.Equal(at.Cursor, client.Cursor!.ToString());
        Assert.Equal((at.Position, "key"), (client.Frames[0].Position, client.Frames[0].Rest[1]));
        Assert.Equal(at.Cursor, Client.Of(hub, "chat").Cursor!.ToString());
    }

    [Fact]
    public async Task A_key_is_published_once_in_five_minutes_for_each_topic()
    {
        await using var hub = Hubs.Of(_time);
        var log = Log(hub);
        var client = Client.Of(hub, "*");
        var first = log.Publish("chat", null, Hello, "k");
        var second = log.Publish("chat", null, Hello, "k");
        Assert.Equal((first with { IsRepeat = true }), second);
        Assert.False(log.Publish("news", null, Hello, "k").IsRepeat);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.True(log.Publish("chat", null, Hello, "k").IsRepeat);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(log.Publish("chat", null, Hello, "k").IsRepeat);
        Assert.Equal(3, client.ReadAll().Messages.Count());
    }

    [Fact]
    public void Who_reads_it_takes_pieces_and_sees_what_was_forgotten()
    {
        var log = new LocalLog(new HistorySettings { Bytes = 20_000 }, _time);
        var told = 0;
        log.Published += () => told++;
        var before = log.Read(-1, 1000);
        Assert.Equal((0, 0), (before.First, before.Messages.Count));
        for (var i = 0; i < 10; i++)
            log.Publish("chat", null, new byte[1000], $"{i}");
        log.Publish("chat", null, new byte[1000], "9");

        var piece = log.Read(3, 2500);
        Assert.Equal([3L, 4L], piece.Messages.Select(m => m.Position.Offset));
        Assert.Equal((3, 10, 10), (piece.First, told, log.Next));
        Assert.Single(log.Read(5, 1).Messages);
        Assert.Equal((10, 0), (log.Read(10, 1000).First, log.Read(10, 1000).Messages.Count));
        for (var i = 0; i < 100; i++)
            log.Publish("chat", null, new byte[1000], null);

        var late = log.Read(5, 1_000_000);
        Assert.Equal(log.Next - late.Messages.Count, late.First);
        Assert.InRange(late.First, 6, log.Next - 1);
        Assert.Equal(Enumerable.Range(0, late.Messages.Count).Select(i => late.First + i), late.Messages.Select(m => m.Position.Offset));
    }

    [Fact]
    public void Keys_are_bounded()
    {
        var log = new LocalLog(new HistorySettings { Bytes = 10_000 }, _time);
        for (var key = 0; key < 100_001; key++)
            log.Publish("chat", null, Hello, $"{key}");

        Assert.True(log.Publish("chat", null, Hello, "100000").IsRepeat);
        Assert.False(log.Publish("chat", null, Hello, "0").IsRepeat);
    }

    [Fact]
    public async Task Another_life_of_the_gateway_is_another_log()
    {
        Cursor cursor;
        await using (var hub = Hubs.Of(_time))
        {
            Log(hub);
            cursor = Client.Of(hub, "chat").Cursor!;
        }

        await using var next = Hubs.Of(_time);
        Log(next);

        Assert.Equal(GapReason.EpochChanged, Client.Of(next, "chat", cursor).ReadAll().Frames[0].Reason);
    }

    [Fact]
    public async Task Topics_that_another_log_feeds_know_nothing_of_it()
    {
        Cursor cursor;
        await using (var hub = Hubs.Of(_time).WithLog())
        {
            var log = Log(hub);
            cursor = Client.Of(hub, "prices.eur").Cursor!;
            Assert.Equal("prices", hub.FedBy("prices.eur"));
            Assert.Null(hub.FedBy("chat"));
            Assert.Throws<ArgumentException>(() => log.Publish("prices.*", null, Hello, null));
        }

        await using var next = Hubs.Of(_time).WithLog();
        Log(next);
        Assert.Equal(["resumed"], Client.Of(next, "prices.eur", cursor).ReadAll().Kinds);
        Assert.Equal(["resumed"], Client.Of(next, "prices.*", cursor).ReadAll().Kinds);
    }

    [Fact]
    public async Task A_shard_that_comes_later_gets_what_is_remembered_and_goes_on_where_a_client_of_another_one_was()
    {
        await using var first = Hubs.Of(_time);
        var log = Log(first);
        var client = Client.Of(first, "chat").ReadAll();
        log.Publish("chat", null, Encoding.UTF8.GetBytes("1"), null);
        var cursor = client.ReadAll().Cursor;
        log.Publish("chat", null, Encoding.UTF8.GetBytes("2"), null);

        await using var later = Hubs.Of(_time);
        log.Add(later);
        log.Publish("chat", null, Encoding.UTF8.GetBytes("3"), null);

        Assert.Equal(["2", "3"], Client.Of(later, "chat", cursor).ReadAll().Texts);
    }

    [Fact]
    public async Task Who_is_taken_out_gets_nothing_more()
    {
        await using var hub = Hubs.Of(_time);
        var log = Log(hub);
        var client = Client.Of(hub, "chat").ReadAll();
        log.Remove(hub);

        log.Publish("chat", null, Hello, null);

        Assert.Empty(client.ReadAll().Texts);
    }

    private LocalLog Log(TopicHub hub)
    {
        var log = new LocalLog(new HistorySettings(), _time);
        log.Add(hub);
        return log;
    }
}
