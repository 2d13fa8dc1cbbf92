using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Hub.Tests;

/// <summary>What a client gets that was away for longer than the shard remembers.</summary>
public sealed class FetchTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task What_the_shard_forgot_comes_from_the_source_and_the_rest_from_memory()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 10 }), PastMessages.OneTopic(2000)).WithLog();
        hub.GiveRange(0, 1999);

        var client = Client.Of(hub, "prices.eur", Hubs.Seen(99));
        Assert.Equal(ResumeKind.Whole, client.Subscription.Resume.Kind);
        var resumed = await client.UntilAsync(f => f.Kind == "resumed");

        Assert.Equal(Enumerable.Range(100, 1900).Select(o => $"0:{o}"), client.Texts);
        Assert.Equal((1900, ReplaySource.Source), (resumed.Replayed, resumed.Source));
        Assert.Equal(client.Frames[^1], resumed);
    }

    [Fact]
    public async Task Only_messages_of_the_topic_come_and_messages_of_before_the_shard_too()
    {
        var past = new PastMessages(new() { [0] = [.. Enumerable.Range(0, 100).Select(o => Hubs.Message(o, topic: o % 2 == 0 ? "prices.eur" : "prices.usd"))] });
        await using var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        hub.GiveRange(100, 101);

        var one = Client.Of(hub, "prices.eur", Hubs.Seen(89));
        await one.UntilAsync(f => f.Kind == "resumed");
        var all = Client.Of(hub, "prices.*", Hubs.Seen(96));
        await all.UntilAsync(f => f.Kind == "resumed");

        Assert.Equal(["0:90", "0:92", "0:94", "0:96", "0:98", "0:100", "0:101"], one.Texts);
        Assert.Equal(["0:97", "0:98", "0:99", "0:100", "0:101"], all.Texts);
    }

    [Fact]
    public async Task While_it_is_fetched_nothing_comes_and_what_is_published_comes_after_it()
    {
        var gate = new TaskCompletionSource();
        var past = PastMessages.OneTopic(100);
        past.Gate = gate.Task;
        await using var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(97));
        Assert.False(client.Read());
        hub.GiveRange(100, 100);
        Assert.False(client.Read());
        Assert.Equal(0, client.Told);

        gate.SetResult();
        await client.UntilAsync(f => f.Kind == "resumed");
        hub.GiveRange(101, 101);

        Assert.Equal(["0:98", "0:99", "0:100", "0:101"], client.ReadAll().Texts);
        Assert.Equal(2, client.Told);
    }

    [Fact]
    public async Task Clients_that_need_the_same_share_one_fetch()
    {
        var gate = new TaskCompletionSource();
        var past = PastMessages.OneTopic(100);
        past.Gate = gate.Task;
        await using var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        var clients = Enumerable.Range(0, 20).Select(n => Client.Of(hub, "prices.eur", Hubs.Seen(50 + n))).ToList();

        gate.SetResult();
        foreach (var client in clients)
            await client.UntilAsync(f => f.Kind == "resumed");

        Assert.Equal(1, past.Requests);
        Assert.Equal(Enumerable.Range(0, 20).Select(n => 49 - n), clients.Select(c => c.Messages.Count()));
    }

    [Theory]
    [InlineData(GapReason.TooOld)]
    [InlineData(GapReason.TooMany)]
    [InlineData(GapReason.SourceAway)]
    [InlineData(GapReason.Truncated)]
    [InlineData(GapReason.Forbidden)]
    public async Task When_the_source_cannot_the_client_learns_why(GapReason fault)
    {
        var past = PastMessages.OneTopic(100);
        past.Fault = fault;
        await using var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(50));

        var gap = await client.UntilAsync(f => f.Kind == "gap");
        hub.GiveRange(100, 100);

        Assert.Equal(fault, gap.Reason);
        Assert.Equal((50, 99), (gap.From.OffsetOf(Hubs.Prices, 0), gap.Cursor.OffsetOf(Hubs.Prices, 0)));
        Assert.Equal(["gap", "message"], client.ReadAll().Kinds);
        Assert.Equal(ResumeKind.Gap, client.Subscription.Resume.Kind);
    }

    [Fact]
    public async Task A_source_that_throws_is_away_and_its_trouble_can_be_seen()
    {
        var past = PastMessages.OneTopic(100);
        past.Throws = new IOException("The cable is out.");
        await using var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(50));

        Assert.Equal(GapReason.SourceAway, (await client.UntilAsync(f => f.Kind == "gap")).Reason);
        Assert.Equal("The cable is out.", Assert.Single(hub.Figures.Sources).Trouble);
    }

    [Fact]
    public async Task Above_the_limit_of_one_client_the_rest_is_a_gap_behind_what_came()
    {
        var settings = Hubs.With(new(), new HistorySettings { FetchMessages = 10 });
        await using var hub = Hubs.Of(_time, settings, PastMessages.OneTopic(100)).WithLog(first: 100);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(50));

        var gap = await client.UntilAsync(f => f.Kind == "gap");

        Assert.Equal(Enumerable.Range(51, 10).Select(o => $"0:{o}"), client.Texts);
        Assert.Equal((GapReason.TooMany, 60L), (gap.Reason, gap.From.OffsetOf(Hubs.Prices, 0)!.Value));
    }

    [Fact]
    public async Task With_no_messages_allowed_nothing_is_fetched()
    {
        var past = PastMessages.OneTopic(100);
        await using var hub = Hubs.Of(_time, Hubs.With(new(), new HistorySettings { FetchMessages = 0 }), past).WithLog(first: 100);

        Assert.Equal(GapReason.TooOld, Client.Of(hub, "prices.eur", Hubs.Seen(50)).ReadAll().Frames[0].Reason);
        Assert.Equal(0, past.Requests);
    }

    [Fact]
    public async Task A_client_that_goes_while_it_waits_and_a_hub_that_stops_leave_nothing_behind()
    {
        var past = PastMessages.OneTopic(100);
        past.Gate = new TaskCompletionSource().Task;
        var hub = Hubs.Of(_time, history: past).WithLog(first: 100);
        var gone = Client.Of(hub, "prices.eur", Hubs.Seen(50));
        Client.Of(hub, "prices.eur", Hubs.Seen(49));
        gone.Subscription.Dispose();

        await hub.DisposeAsync().AsTask().Soon();

        Assert.False(gone.Read());
        Assert.Equal(0, gone.Told);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task What_was_forgotten_while_a_client_caught_up_is_fetched_and_does_not_come_again_from_the_chain()
    {
        await using var hub = Hubs.Of(_time, Hubs.With(new() { HistoryMessages = 1000 }), PastMessages.OneTopic(3000)).WithLog();
        hub.GiveRange(0, 999);
        Client.Of(hub, "prices.eur");
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(0));
        client.Read();
        hub.GiveRange(1000, 2999);

        await client.UntilAsync(f => f.Kind == "resumed");

        Assert.Equal(Enumerable.Range(1, 2999).Select(o => $"0:{o}"), client.Texts);
    }

    [Fact]
    public async Task Two_partitions_are_fetched_one_after_the_other()
    {
        var past = new PastMessages(new() { [0] = [.. Enumerable.Range(0, 50).Select(o => Hubs.Message(o))], [1] = [.. Enumerable.Range(0, 50).Select(o => Hubs.Message(o, partition: 1))] });
        await using var hub = Hubs.Of(_time, history: past).WithLog(partitions: 2, first: 50);
        var client = Client.Of(hub, "prices.eur", Hubs.Seen(47).With(new(Hubs.Prices, 1, 46)));

        await client.UntilAsync(f => f.Kind == "resumed");

        Assert.Equal(["0:48", "0:49", "1:47", "1:48", "1:49"], client.Texts);
    }
}
