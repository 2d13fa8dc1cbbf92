using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>What an attempt and an operator see when the store is lost and found.</summary>
public sealed class LossTests(SqliteEngine engine) : IClassFixture<SqliteEngine>, IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly IClusterStore _store = engine.NewStore();
    private readonly CountClaim _claim = new($"user:{Guid.NewGuid():n}", 2);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Each_change_is_one_line_in_the_log_and_a_sentence_for_the_operator()
    {
        var line = new UnreliableStore(_store) { Fate = _ => CallFate.FailsBefore };
        await using var gateway = new TestGateway(line, "west", _time);
        Assert.Equal(ClusterMode.Lost, gateway.Counts.State.Mode);

        await BeatAsync(() => gateway.Log.All.Count == 1, beats: 5);
        Assert.StartsWith($"Lost {_store.Name}: the line is bad. This gateway serves on", gateway.Log.All[0].Text);
        Assert.StartsWith($"{_store.Name} is lost since 2030-01-01 00:00:0", gateway.Counts.State.Text);
        Assert.EndsWith(": the line is bad; this gateway serves on by its own counts", gateway.Pulse.State.Text);
        Assert.Equal("the line is bad.", gateway.Counts.State.Why);

        line.Heal();
        await BeatAsync(() => gateway.IsConnected, beats: 5);
        Assert.Equal($"connected to {_store.Name}", gateway.Counts.State.Text);
        line.Fate = _ => CallFate.FailsAfter;
        await BeatAsync(() => !gateway.IsConnected, beats: 5);
        Assert.Equal(["ClusterLost", "ClusterConnected", "ClusterLost"], gateway.Log.Events);
    }

    [Fact]
    public async Task An_attempt_waits_no_longer_than_300_ms_and_the_next_ones_not_at_all()
    {
        var line = new UnreliableStore(_store);
        await using var gateway = await ConnectedAsync(line);
        line.Fate = method => method == nameof(IClusterStore.ClaimAsync) ? CallFate.Sticks : CallFate.Works;
        var taking = gateway.Counts.TakeAsync([_claim], default).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(taking.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.NotNull((await taking.Soon()).Lease);
        Assert.Contains("There was no answer within 300 ms.", gateway.Log.All[^1].Text);
    }

    [Fact]
    public async Task Where_an_attempt_may_wait_longer_so_may_the_pulse_and_the_limit_holds_meanwhile()
    {
        var line = new UnreliableStore(_store);
        await using var gateway = new TestGateway(line, "west", _time, claimLimit: TimeSpan.FromSeconds(20));
        await Eventually.IsTrueAsync(() => gateway.IsConnected);
        line.Fate = _ => CallFate.Sticks;
        var taking = gateway.Counts.TakeAsync([_claim], default).AsTask();
        await Eventually.IsTrueAsync(() => _time.ArmedTimers > 1);
        _time.Advance(TestGateway.Every);

        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(taking.IsCompleted);
        Assert.True(gateway.IsConnected);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull((await taking.Soon()).Lease);
        Assert.Contains("There was no answer within 20000 ms.", gateway.Log.All[^1].Text);
    }

    [Theory]
    [InlineData(0.3, 10)]
    [InlineData(5, 10)]
    [InlineData(20, 40)]
    public void A_gateway_lives_in_the_store_for_longer_than_it_may_wait_for_it(double waitSeconds, double lifeSeconds) =>
        Assert.Equal(TimeSpan.FromSeconds(lifeSeconds), PulseTerms.For("west", TimeSpan.FromSeconds(waitSeconds)).Life);

    [Theory]
    [InlineData(CallFate.FailsBefore)]
    [InlineData(CallFate.FailsAfter)]
    internal async Task An_attempt_whose_claim_fails_is_served_and_its_lease_is_told_later(CallFate fate)
    {
        var line = new UnreliableStore(_store);
        await using var gateway = await ConnectedAsync(line);
        line.Fate = _ => fate;

        Assert.Equal(2, (await gateway.TakeAsync(5, _claim)).Count);
        Assert.Equal(ClusterMode.Lost, gateway.Counts.State.Mode);
        line.Heal();

        await BeatAsync(() => gateway.IsConnected, beats: 5);
        Assert.Equal(2, await Member.TotalAsync(_store, _claim.Key));
        Assert.Empty(await gateway.TakeAsync(1, _claim));
    }

    [Fact]
    public async Task A_release_that_fails_is_made_good()
    {
        var line = new UnreliableStore(_store);
        await using var gateway = await ConnectedAsync(line);
        var leases = await gateway.TakeAsync(2, _claim);
        line.Fate = method => method == nameof(IClusterStore.ChangeCountsAsync) ? CallFate.FailsBefore : CallFate.Works;

        leases[0].Dispose();

        await BeatAsync(() => gateway.Log.Events.Contains("ClusterLost"), beats: 0);
        await BeatAsync(() => gateway.IsConnected, beats: 5);
        Assert.Equal(1, await Member.TotalAsync(_store, _claim.Key));
    }

    [Theory]
    [InlineData(CallFate.AnswersLate)]
    [InlineData(CallFate.FailsLate)]
    internal async Task A_claim_whose_answer_comes_after_a_loss_and_a_return_is_told_like_any_other_change(CallFate fate)
    {
        var line = new UnreliableStore(_store);
        await using var gateway = await ConnectedAsync(line);
        var leases = await gateway.TakeAsync(1, new CountClaim($"other:{_claim.Key}", 2));

        // 1. The claim is done at the store, under an epoch that ends before its answer is here.
        line.Fate = method => method == nameof(IClusterStore.ClaimAsync) ? fate : CallFate.FailsBefore;
        var taking = gateway.Counts.TakeAsync([_claim], default).AsTask();
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(_store, _claim.Key) == 1);
        leases[0].Dispose();
        await Eventually.IsTrueAsync(() => gateway.Log.Events.Contains("ClusterLost"));
        line.Fate = _ => CallFate.Works;
        await Eventually.IsTrueAsync(() => _time.ArmedTimers == 2);
        _time.Advance(TestGateway.Every);
        await Eventually.IsTrueAsync(() => gateway.IsConnected);
        Assert.False(taking.IsCompleted);
        Assert.Equal(0, await Member.TotalAsync(_store, _claim.Key));

        // 2. The answer: the lease is good, and the store hears of it.
        line.ReleaseStuck();
        var lease = (await taking.Soon()).Lease!;
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(_store, _claim.Key) == 1);
        Assert.True(gateway.IsConnected);
        lease.Dispose();
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(_store, _claim.Key) == 0);
    }

    [Fact]
    public async Task A_store_that_forgot_the_gateway_is_told_everything_again()
    {
        var line = new UnreliableStore(_store);
        await using var gateway = await ConnectedAsync(line);
        await gateway.TakeAsync(2, _claim);

        foreach (var instance in await _store.InstancesAsync(default))
            await _store.LeaveAsync(instance.Process, default);
        Assert.Equal(0, await Member.TotalAsync(_store, _claim.Key));

        await BeatAsync(() => gateway.Log.Events.Contains("ClusterLost"), beats: 5);
        Assert.Contains("it does not know this gateway any more", gateway.Log.All.Single(entry => entry.Event == "ClusterLost").Text);
        await BeatAsync(() => gateway.IsConnected, beats: 5);
        Assert.Equal(2, await Member.TotalAsync(_store, _claim.Key));
    }

    [Fact]
    public async Task A_join_that_fails_half_way_is_begun_again_with_another_epoch()
    {
        var line = new UnreliableStore(_store);
        await using var gateway = new TestGateway(line, "west", _time);
        foreach (var step in new[] { nameof(IClusterStore.CountFromNowAsync), nameof(IClusterStore.SetCountsAsync), nameof(IClusterStore.CountFromNowAsync) })
        {
            await BeatAsync(() => gateway.IsConnected, beats: 5);
            await gateway.TakeAsync(1, _claim);
            line.Fate = method => method == step || method == nameof(IClusterStore.ClaimAsync) ? CallFate.FailsAfter : CallFate.Works;
            await gateway.TakeAsync(1, _claim with { Key = "loses:the:store" });
            await BeatAsync(() => !gateway.IsConnected, beats: 3);
            line.Heal();
        }

        await BeatAsync(() => gateway.IsConnected, beats: 5);
        Assert.Equal(gateway.Counts.CountOf(_claim.Key), await Member.TotalAsync(_store, _claim.Key));
    }

    [Fact]
    public async Task A_store_of_one_gateway_is_not_asked_for_counts()
    {
        await using var gateway = new TestGateway(_store, "west", _time);
        await BeatAsync(() => gateway.IsConnected, beats: 0);

        var taking = gateway.Counts.TakeAsync([_claim], default);

        Assert.True(taking.IsCompletedSuccessfully);
        Assert.Equal(1, gateway.Counts.CountOf(_claim.Key));
        Assert.Equal(0, await Member.TotalAsync(_store, _claim.Key));
        (await taking).Lease!.Dispose();
        Assert.Equal(0, gateway.Counts.CountOf(_claim.Key));
    }

    private async Task<TestGateway> ConnectedAsync(UnreliableStore line)
    {
        var gateway = new TestGateway(line, "west", _time);
        await Eventually.IsTrueAsync(() => gateway.IsConnected);
        return gateway;
    }

    /// <summary>Lets so many pulses come, each when the one before it is over, then waits for the outcome; more of them only when it does not come.</summary>
    private async Task BeatAsync(Func<bool> outcome, int beats)
    {
        for (var beat = 0; beat < beats && !outcome(); beat++)
        {
            await Eventually.IsTrueAsync(() => _time.ArmedTimers == 1 || outcome());
            _time.Advance(TestGateway.Every);
        }

        await Eventually.IsTrueAsync(() => _time.ArmedTimers == 1 && outcome());
    }
}
