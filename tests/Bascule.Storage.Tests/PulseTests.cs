using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>What the pulse brings to a gateway and takes from it.</summary>
public sealed class PulseTests(SqliteEngine engine) : IClassFixture<SqliteEngine>, IAsyncLifetime
{
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly string _test = Guid.NewGuid().ToString("n");
    private readonly IClusterStore _store = engine.NewStore();
    private readonly IClusterStore _otherStore = engine.NewStore();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _otherStore.DisposeAsync();
    }

    [Fact]
    public async Task A_bulletin_reaches_every_gateway_also_when_a_handler_fails()
    {
        List<string> west = [], east = [];
        await using var first = new TestGateway(new UnreliableStore(_store), "west", _time, pulse => pulse.BulletinArrived += (_, e) => Hear(west, e));
        await using var second = new TestGateway(new UnreliableStore(_otherStore), "east", _time, pulse => pulse.BulletinArrived += (_, e) =>
        {
            Hear(east, e);
            throw new InvalidOperationException("the handler is broken");
        });
        await using var clock = new RunningClock(_time);

        await _store.PostAsync(new Bulletin(Bulletin.Revoke, $"1 {_test}", Soon), default);
        await _store.PostAsync(new Bulletin(Bulletin.Close, $"2 {_test}", Soon), default);

        await Eventually.IsTrueAsync(() => Count(west) == 2 && Count(east) == 2);
        Assert.Equal([$"1 {_test}", $"2 {_test}"], west);
        Assert.Equal(west, east);
        await Eventually.IsTrueAsync(() => second.IsConnected);
        Assert.Contains("BulletinFailed", second.Log.Events);
        Assert.DoesNotContain("BulletinFailed", first.Log.Events);
    }

    [Fact]
    public async Task A_gateway_that_starts_hears_all_that_is_alive_without_waiting_for_the_clock()
    {
        for (var i = 0; i < Bulletin.MostPerPulse + 20; i++)
            await _store.PostAsync(new Bulletin(Bulletin.Revoke, $"{i} {_test}", Soon), default);
        List<string> heard = [];

        await using var gateway = new TestGateway(_store, "west", _time, pulse => pulse.BulletinArrived += (_, e) => Hear(heard, e));

        await Eventually.IsTrueAsync(() => Count(heard) == Bulletin.MostPerPulse + 20);
        Assert.Equal(Enumerable.Range(0, Bulletin.MostPerPulse + 20).Select(i => $"{i} {_test}"), heard);
    }

    [Fact]
    public async Task Connections_are_found_while_they_are_open_and_told_anew_after_a_loss()
    {
        var line = new UnreliableStore(_store);
        await using var clock = new RunningClock(_time, line);
        await using var gateway = new TestGateway(line, _test, _time);
        OpenConnection[] open = [.. Enumerable.Range(0, 2500).Select(i => new OpenConnection($"{i} {_test}", _time.GetUtcNow()) { User = _test })];
        Task<bool> FindsAsync(params IEnumerable<OpenConnection> expected) => FindsExactlyAsync(expected);

        Array.ForEach(open, gateway.Pulse.Directory.Opened);
        await Eventually.IsTrueAsync(() => FindsAsync(open));
        gateway.Pulse.Directory.Closed(open[0].Id);
        gateway.Pulse.Directory.Closed("never opened");
        await Eventually.IsTrueAsync(() => FindsAsync(open[1..]));

        line.Fate = method => method == nameof(IClusterStore.PulseAsync) ? CallFate.FailsAfter : CallFate.Works;
        await Eventually.IsTrueAsync(() => gateway.Counts.State.Mode == ClusterMode.Lost);
        gateway.Pulse.Directory.Closed(open[1].Id);
        var late = new OpenConnection($"late {_test}", _time.GetUtcNow()) { User = _test };
        gateway.Pulse.Directory.Opened(late);
        line.Heal();
        await Eventually.IsTrueAsync(() => FindsAsync([.. open[2..], late]));

        await gateway.StopAsync();
        Assert.True(await FindsAsync());
    }

    [Fact]
    public async Task What_others_use_is_known_to_all()
    {
        var key = CountKey.OfSlot("kb", _test);
        List<int> seen = [];
        var line = new UnreliableStore(_store);
        await using var first = new TestGateway(line, "west", _time, pulse =>
        {
            pulse.Totals.Watch([key, "slot:unused", key]);
            pulse.Totals.Changed += (_, _) => seen.Add(pulse.Totals.OthersOf(key));
        });
        await using var second = new TestGateway(new UnreliableStore(_otherStore), "east", _time);
        await using var clock = new RunningClock(_time, line);
        await Eventually.IsTrueAsync(() => first.IsConnected && second.IsConnected);
        var leases = await second.TakeAsync(3, new CountClaim(key, 10));

        await Eventually.IsTrueAsync(() => first.Pulse.Totals.OthersOf(key) == 3);
        Assert.Equal((0, 0), (first.Pulse.Totals.OthersOf("slot:unused"), first.Pulse.Totals.OthersOf("not watched")));

        // While the store is lost the last word stands, and decides: 3 of others and 2 of ours are 5.
        line.Fate = _ => CallFate.FailsBefore;
        await Eventually.IsTrueAsync(() => first.Counts.State.Mode == ClusterMode.Lost);
        leases.ForEach(lease => lease.Dispose());
        Assert.Equal(2, (await first.TakeAsync(9, new CountClaim(key, 5))).Count);
        var refused = await first.Counts.TakeAsync([new CountClaim(key, 5)], default);
        Assert.Equal((null, 5, new CountClaim(key, 5)), (refused.Lease, refused.Seen, refused.Full));

        line.Heal();
        await Eventually.IsTrueAsync(() => first.IsConnected && first.Pulse.Totals.OthersOf(key) == 0);
        Assert.Equal((3, 0), (seen.Max(), seen[^1]));
    }

    [Fact]
    public async Task A_clean_stop_frees_everything_at_once_and_a_stop_without_the_store_says_when()
    {
        var claim = new CountClaim($"user:{_test}", 1);
        var line = new UnreliableStore(_store);
        var stopped = new TestGateway(line, "west", _time);
        await Eventually.IsTrueAsync(() => stopped.IsConnected);
        var lease = Assert.Single(await stopped.TakeAsync(1, claim));
        await stopped.DisposeAsync();
        Assert.Equal(0, await Member.TotalAsync(_otherStore, claim.Key));
        Assert.Equal(["ClusterConnected"], stopped.Log.Events);

        // What comes back later, or comes in still, is counted here alone.
        lease.Dispose();
        Assert.Single(await stopped.TakeAsync(1, claim));

        await using var lonely = new TestGateway(line, "west", _time);
        await Eventually.IsTrueAsync(() => lonely.IsConnected);
        line.Fate = _ => CallFate.FailsBefore;
        await lonely.StopAsync();
        Assert.Contains("Its counts are free in 10 s", lonely.Log.All.Single(entry => entry.Event == "LeaveFailed").Text);
    }

    private static DateTimeOffset Soon => TimeProvider.System.GetUtcNow().AddMinutes(1);

    private static int Count(List<string> heard)
    {
        lock (heard)
            return heard.Count;
    }

    private void Hear(List<string> heard, BulletinEventArgs e)
    {
        if (!e.Bulletin.Payload.EndsWith(_test, StringComparison.Ordinal))
            return;
        lock (heard)
            heard.Add(e.Bulletin.Payload);
    }

    private async Task<bool> FindsExactlyAsync(IEnumerable<OpenConnection> expected)
    {
        var found = await _otherStore.FindAsync(new DirectoryFilter { User = _test, Instance = _test }, 10_000, default);
        return found.Select(connection => connection.Id).ToHashSet().SetEquals(expected.Select(connection => connection.Id));
    }
}
