using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>How an ejected node comes back: one real connection at a time tries it.</summary>
public sealed class TrialTests
{
    private static readonly TimeSpan Ejection = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EarlyDeath = TimeSpan.FromSeconds(10);

    private static readonly PoolSettings Settings = Pools.Settings([1000]) with
    {
        Breaker = new BreakerSettings { Failures = 3, Ejection = Ejection, LongestEjection = TimeSpan.FromSeconds(70), EarlyDeath = EarlyDeath },
        Queue = new QueueSettings { Wait = TimeSpan.FromMinutes(5) },
    };

    private readonly ManualTime _time = new();

    [Fact]
    public async Task After_the_ejection_one_connection_tries_the_node_and_the_others_wait_for_it()
    {
        using var pool = new Pool("kb", Settings, _time);
        Eject(pool);
        _time.Advance(Ejection - TimeSpan.FromMilliseconds(1));
        Assert.Equal(NodeCondition.Ejected, pool.Nodes[0].State.Condition);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("trying (its ejection is over; one connection tries it)", pool.Nodes[0].State.ToString());

        var trial = pool.TakeFree();
        var others = Enumerable.Range(0, 3).Select(_ => pool.StartWaiting()).ToList();
        trial.Report(ConnectionVerdict.Opened);
        _time.Advance(EarlyDeath - TimeSpan.FromMilliseconds(1));
        Assert.Equal(3, pool.Waiting);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
        Assert.All(await Task.WhenAll(others).Soon(), result => Assert.NotNull(result.Slot));
    }

    [Fact]
    public void A_trial_that_ends_well_is_enough()
    {
        using var pool = new Pool("kb", Settings, _time);
        var trial = StartTrial(pool);
        trial.Report(ConnectionVerdict.Opened);

        trial.Report(ConnectionVerdict.EndedWell);

        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public void Without_earlyDeath_a_trial_that_opens_is_enough()
    {
        using var pool = new Pool("kb", Settings with { Breaker = Settings.Breaker with { EarlyDeath = TimeSpan.Zero } }, _time);

        StartTrial(pool).Report(ConnectionVerdict.Opened);

        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public void Each_failed_trial_doubles_the_ejection_up_to_the_longest_and_a_good_one_ends_that()
    {
        using var pool = new Pool("kb", Settings, _time);
        Eject(pool);

        foreach (var seconds in (int[])[20, 40, 70, 70])
        {
            Assert.StartsWith($"ejected for {seconds} s: ", pool.Nodes[0].State.Why, StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(NodeCondition.Ejected, pool.Nodes[0].State.Condition);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            pool.FailToConnect(pool.Nodes[0]);
        }

        _time.Advance(TimeSpan.FromSeconds(70));
        pool.TakeFree().Report(ConnectionVerdict.Opened);
        _time.Advance(EarlyDeath);
        Eject(pool);
        Assert.StartsWith("ejected for 20 s: 3 connections", pool.Nodes[0].State.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_that_opens_and_dies_has_failed()
    {
        using var pool = new Pool("kb", Settings, _time);
        var trial = StartTrial(pool);
        trial.Report(ConnectionVerdict.Opened);
        _time.Advance(TimeSpan.FromSeconds(1));

        trial.Break();

        Assert.Equal("ejected for 40 s: the connection that tried it failed: reset by the back end", pool.Nodes[0].State.Why);
        _time.Advance(EarlyDeath);
        Assert.Equal(NodeCondition.Ejected, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public async Task A_trial_that_is_given_back_without_a_verdict_leaves_the_place_to_the_next()
    {
        using var pool = new Pool("kb", Settings, _time);
        var trial = StartTrial(pool);
        var next = pool.StartWaiting();
        var other = pool.StartWaiting();

        trial.Dispose();

        Assert.NotNull((await next.Soon()).Slot);
        Assert.False(other.IsCompleted);
        Assert.Equal(NodeCondition.Trying, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public void Connections_from_before_the_ejection_decide_nothing()
    {
        using var pool = new Pool("kb", Settings, _time);
        var old = Enumerable.Range(0, 8).Select(_ => pool.Open(pool.Nodes[0])).ToList();
        var trial = StartTrial(pool);

        old[0].Break();
        old[1].Report(ConnectionVerdict.EndedWell);
        Assert.Equal(NodeCondition.Trying, pool.Nodes[0].State.Condition);
        trial.Report(ConnectionVerdict.Opened);
        _time.Advance(EarlyDeath);
        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);

        // Their heartbeats notice only now what the node was ejected for.
        foreach (var slot in old.Skip(2))
            slot.Break();
        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    private Slot StartTrial(Pool pool)
    {
        Eject(pool);
        _time.Advance(Ejection);
        return pool.TakeFree();
    }

    private static void Eject(Pool pool)
    {
        for (var failure = 0; failure < 3; failure++)
            pool.FailToConnect(pool.Nodes[0]);
        Assert.Equal(NodeCondition.Ejected, pool.Nodes[0].State.Condition);
    }
}
