using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What a shard remembers, and for how long.</summary>
public sealed class HistoryTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Messages_are_forgotten_when_they_are_too_old()
    {
        await using var hub = Hubs.Of(_time).WithLog();
        hub.GiveRange(0, 0);
        _time.Advance(TimeSpan.FromSeconds(100));
        hub.GiveRange(1, 1);
        Assert.Equal(_time.GetUtcNow() - TimeSpan.FromSeconds(100), hub.Figures.Oldest);
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(1, hub.Figures.HistoryMessages);
        Assert.Equal(GapReason.TooOld, Client.Of(hub, "prices.eur", Hubs.Seen(-1)).ReadAll().Frames[0].Reason);
        Assert.Equal(["0:1"], Client.Of(hub, "prices.eur", Hubs.Seen(0)).ReadAll().Texts);
    }

    [Fact]
    public async Task A_topic_may_be_forgotten_sooner()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryAge = TimeSpan.FromSeconds(5) })).WithLog();
        hub.GiveRange(0, 3);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(4, hub.Figures.HistoryMessages);

        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal((0, 0), (hub.Figures.HistoryMessages, hub.Figures.HistoryBytes));
    }

    [Fact]
    public async Task The_budget_holds_and_the_oldest_go_first()
    {
        var settings = Hubs.With(new(), new HistorySettings { Bytes = 100_000 });
        await using var hub = Hubs.Of(_time, settings).WithLog();
        for (var offset = 0; offset < 1000; offset++)
            hub.GiveRange(offset, offset, topic: $"prices.{offset % 20}", bytes: 700);

        Assert.InRange(hub.Figures.HistoryBytes, 98_000, 100_000);
        Assert.InRange(hub.Figures.HistoryMessages, 90, 100);
        var oldest = 1000 - hub.Figures.HistoryMessages;
        Assert.Equal((oldest + 19) / 20, (long)Client.Of(hub, "prices.0", Hubs.Seen(oldest - 1)).ReadAll().Messages.First().Position.Offset / 20);
    }

    [Fact]
    public async Task A_noisy_topic_pushes_out_its_own_messages_once_it_holds_a_quarter()
    {
        var settings = Hubs.With(new(), new HistorySettings { Bytes = 100_000 });
        await using var hub = Hubs.Of(_time, settings).WithLog();
        hub.GiveRange(0, 9, topic: "prices.quiet");
        hub.GiveRange(10, 5000, topic: "prices.noisy", bytes: 200);
        hub.GiveRange(5001, 5009, topic: "prices.quiet");

        Assert.Equal(19, Client.Of(hub, "prices.quiet", Hubs.Seen(-1)).ReadAll().Messages.Count());
        Assert.InRange(hub.Figures.HistoryBytes, 98_000, 100_000);
    }

    [Fact]
    public async Task What_a_topic_forgets_is_forgotten_in_patterns_too()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 2 })).WithLog(partitions: 2);
        var before = Client.Of(hub, "prices.*");
        hub.GiveRange(0, 0, topic: "prices.quiet", partition: 1);
        hub.GiveRange(0, 99);
        hub.GiveRange(1, 1, topic: "prices.quiet", partition: 1);

        Assert.Equal(["0:98", "0:99", "1:1"], Client.Of(hub, "prices.*", Hubs.Seen(97).With(new(Hubs.Prices, 1, 0))).ReadAll().Texts);
        Assert.Equal(["1:0", "0:98", "0:99", "1:1"], Client.Of(hub, "prices.*", Hubs.Seen(97).With(new(Hubs.Prices, 1, -1))).ReadAll().Texts);
        Assert.Equal(["gap"], Client.Of(hub, "prices.*", Hubs.Seen(96).With(new(Hubs.Prices, 1, -1))).ReadAll().Kinds);
        Assert.Equal(102, before.ReadAll().Messages.Count());
    }
}
