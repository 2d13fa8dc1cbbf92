using System.Text;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What is published through the shard itself.</summary>
public sealed class LocalLogTests
{
    private static readonly byte[] Hello = Encoding.UTF8.GetBytes("hello");
    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_is_published_is_read_with_the_cursor_that_the_publisher_got()
    {
        await using var hub = Hubs.Of(_time);
        var client = Client.Of(hub, "chat").ReadAll();
        byte[] payload = [.. Hello];
        var at = hub.PublishLocal("chat", "key", payload, null);
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
        var client = Client.Of(hub, "*");
        var first = hub.PublishLocal("chat", null, Hello, "k");
        var second = hub.PublishLocal("chat", null, Hello, "k");
        Assert.Equal((first with { IsRepeat = true }), second);
        Assert.False(hub.PublishLocal("news", null, Hello, "k").IsRepeat);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.True(hub.PublishLocal("chat", null, Hello, "k").IsRepeat);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(hub.PublishLocal("chat", null, Hello, "k").IsRepeat);
        Assert.Equal(3, client.ReadAll().Messages.Count());
    }

    [Fact]
    public async Task Keys_are_bounded()
    {
        await using var hub = Hubs.Of(_time, new HubSettings { History = new HistorySettings { Bytes = 10_000 } });
        for (var key = 0; key < 100_001; key++)
            hub.PublishLocal("chat", null, Hello, $"{key}");

        Assert.True(hub.PublishLocal("chat", null, Hello, "100000").IsRepeat);
        Assert.False(hub.PublishLocal("chat", null, Hello, "0").IsRepeat);
    }

    [Fact]
    public async Task Another_life_of_the_hub_is_another_log()
    {
        Cursor cursor;
        await using (var hub = Hubs.Of(_time))
            cursor = Client.Of(hub, "chat").Cursor!;
        await using var next = Hubs.Of(_time);

        Assert.Equal(GapReason.EpochChanged, Client.Of(next, "chat", cursor).ReadAll().Frames[0].Reason);
    }

    [Fact]
    public async Task Topics_that_another_log_feeds_know_nothing_of_it_and_take_nothing_from_it()
    {
        Cursor cursor;
        await using (var hub = Hubs.Of(_time).WithLog())
        {
            cursor = Client.Of(hub, "prices.eur").Cursor!;
            Assert.Equal("prices", hub.FedBy("prices.eur"));
            Assert.Null(hub.FedBy("chat"));
            Assert.Throws<InvalidOperationException>(() => hub.PublishLocal("prices.eur", null, Hello, null));
            Assert.Throws<ArgumentException>(() => hub.PublishLocal("prices.*", null, Hello, null));
        }

        await using var next = Hubs.Of(_time).WithLog();
        Assert.Equal(["resumed"], Client.Of(next, "prices.eur", cursor).ReadAll().Kinds);
        Assert.Equal(["resumed"], Client.Of(next, "prices.*", cursor).ReadAll().Kinds);
    }

    [Fact]
    public async Task A_shard_beside_others_has_a_log_of_its_own_only_once_it_is_used()
    {
        await using var hub = Hubs.Of(_time, new HubSettings { Mode = HubMode.Multi });
        var before = Client.Of(hub, "chat");
        Assert.Empty(before.Cursor!.Positions.ToArray());
        hub.PublishLocal("chat", null, Hello, null);

        Assert.Equal(["hello"], before.ReadAll().Texts);
        Assert.Equal(["hello"], Client.Of(hub, "chat", Cursor.Empty).ReadAll().Texts);
    }
}
