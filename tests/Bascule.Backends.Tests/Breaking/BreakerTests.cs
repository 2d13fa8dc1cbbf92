using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>When a node that fails its clients is ejected. Three failures in a row do it here, connections are young for 10 s.</summary>
public sealed class BreakerTests
{
    private static readonly TimeSpan EarlyDeath = TimeSpan.FromSeconds(10);
    private static readonly BreakerSettings Breaker = new() { Failures = 3, FailurePercent = 50, Sample = 10, EarlyDeath = EarlyDeath, Ejection = TimeSpan.FromSeconds(20) };
    private readonly ManualTime _time = new();

    [Fact]
    public void Failures_in_a_row_eject_a_node_and_say_why()
    {
        using var pool = Make(2);
        var (bad, good) = (pool.Nodes[0], pool.Nodes[1]);

        pool.FailToConnect(bad);
        pool.FailToConnect(bad);
        Assert.Equal(NodeCondition.Up, bad.State.Condition);
        _time.Advance(TimeSpan.FromSeconds(1));
        pool.FailToConnect(bad);

        Assert.Equal(
            new NodeState(NodeCondition.Ejected, "ejected for 20 s: 3 connections in a row failed, the last: connection refused", _time.GetUtcNow()), bad.State);
        for (var take = 0; take < 10; take++)
            Assert.Same(good, pool.TakeFree().Node);
    }

    [Fact]
    public void A_connection_that_opens_ends_the_row_of_those_that_did_not()
    {
        using var pool = Make(2);
        var node = pool.Nodes[0];

        for (var round = 0; round < 4; round++)
        {
            pool.FailToConnect(node);
            pool.FailToConnect(node);
            pool.Open(node);
        }

        Assert.Equal(NodeCondition.Up, node.State.Condition);
    }

    [Fact]
    public void A_node_that_accepts_and_dies_is_ejected()
    {
        using var pool = Make(2);
        var node = pool.Nodes[0];

        for (var connection = 0; connection < 3; connection++)
        {
            var slot = pool.Open(node);
            _time.Advance(TimeSpan.FromSeconds(2));
            slot.Break();
        }

        Assert.Contains("3 connections in a row failed, the last: reset by the back end", node.State.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Quick_deaths_do_not_count_before_the_slow_successes_that_were_opened_earlier()
    {
        using var pool = Make(2, Breaker with { Sample = 20 });
        var node = pool.Nodes[0];

        // Right after a start: every fourth connection dies at once, and none is old enough yet to count as good.
        for (var connection = 0; connection < 40; connection++)
        {
            var slot = pool.Open(node);
            if (connection % 4 == 3)
                slot.Break();
        }

        Assert.Equal(NodeCondition.Up, node.State.Condition);
        _time.Advance(EarlyDeath);
        pool.Open(node);
        Assert.Equal(NodeCondition.Up, node.State.Condition);
    }

    [Fact]
    public void A_high_part_of_failures_ejects_too_though_they_are_not_in_a_row()
    {
        using var pool = Make(2, Breaker with { Failures = 0 });
        var node = pool.Nodes[0];

        for (var pair = 0; pair < 5; pair++)
        {
            Assert.Equal(NodeCondition.Up, node.State.Condition);
            var slot = pool.Open(node);
            slot.Report(ConnectionVerdict.EndedWell);
            slot.Dispose();
            pool.FailToConnect(node);
        }

        Assert.Contains("5 of the last 10 connections failed", node.State.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_old_connections_that_break_at_once_are_a_crash()
    {
        using var pool = Make(2);
        var node = pool.Nodes[0];
        var slots = Enumerable.Range(0, 3).Select(_ => pool.Open(node)).ToList();
        _time.Advance(TimeSpan.FromHours(1));

        slots[0].Break();
        slots[1].Break();
        Assert.Equal(NodeCondition.Up, node.State.Condition);
        slots[2].Break();

        Assert.Equal(NodeCondition.Ejected, node.State.Condition);
    }

    [Fact]
    public void Old_connections_that_break_now_and_then_do_no_harm()
    {
        using var pool = Make(2);
        var node = pool.Nodes[0];

        for (var connection = 0; connection < 50; connection++)
        {
            var slot = pool.Open(node);
            _time.Advance(EarlyDeath);
            slot.Break();
        }

        Assert.Equal(NodeCondition.Up, node.State.Condition);
    }

    [Fact]
    public void Slots_that_come_back_without_a_word_count_as_neither()
    {
        using var pool = Make(2);
        var node = pool.Nodes[0];
        pool.FailToConnect(node);
        pool.FailToConnect(node);

        for (var connection = 0; connection < 5; connection++)
            pool.TakeFrom(node).Dispose();

        Assert.Equal(NodeCondition.Up, node.State.Condition);
        pool.FailToConnect(node);
        Assert.Equal(NodeCondition.Ejected, node.State.Condition);
    }

    [Fact]
    public void Only_the_first_ending_of_a_connection_counts()
    {
        using var pool = Make(2);
        var slot = pool.TakeFrom(pool.Nodes[0]);

        for (var report = 0; report < 5; report++)
            slot.Report(ConnectionVerdict.ConnectFailed("connection refused"));

        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public void With_both_thresholds_at_0_nothing_is_ejected()
    {
        using var pool = Make(2, Breaker with { Failures = 0, FailurePercent = 0 });

        for (var connection = 0; connection < 100; connection++)
            pool.FailToConnect(pool.Nodes[0]);

        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    [Theory]
    [InlineData(4, 50, 2)]
    [InlineData(4, 1, 1)]
    [InlineData(4, 100, 3)]
    [InlineData(2, 50, 1)]
    [InlineData(1, 50, 1)]
    public void So_many_nodes_may_be_ejected_and_never_the_last_of_several(int nodes, int mostEjected, int expected)
    {
        using var pool = Make(nodes, Breaker with { MostEjected = mostEjected });

        foreach (var node in pool.Nodes)
        {
            for (var failure = 0; failure < 5 && node.State.Condition == NodeCondition.Up; failure++)
                pool.FailToConnect(node);
        }

        Assert.Equal(expected, pool.Nodes.Count(node => node.State.Condition == NodeCondition.Ejected));
    }

    [Fact]
    public void When_no_node_is_usable_attempts_end_at_once_and_are_told_the_state_of_each()
    {
        using var pool = Make(1);
        for (var failure = 0; failure < 3; failure++)
            pool.FailToConnect(pool.Nodes[0]);

        var ending = pool.Refused();

        Assert.Equal(EndReasons.NoUsableNode, ending.Reason);
        Assert.Equal("pool kb: 10.0.0.1:8001 is ejected (ejected for 20 s: 3 connections in a row failed, the last: connection refused)", ending.Detail);
        Assert.Equal(ending, pool.NoUsableNode());
        Assert.Equal(0, pool.Waiting);
    }

    [Fact]
    public async Task Who_waits_when_the_last_node_is_lost_goes_on_waiting()
    {
        using var pool = new Pool("kb", Pools.Settings([3]) with { Breaker = Breaker with { Ejection = TimeSpan.FromSeconds(4) } }, _time);
        var slots = Enumerable.Range(0, 3).Select(_ => pool.TakeFree()).ToList();
        var served = pool.StartWaiting();
        var late = pool.StartWaiting();

        foreach (var slot in slots)
            slot.Report(ConnectionVerdict.ConnectFailed("connection refused"));
        foreach (var slot in slots)
            slot.Dispose();
        Assert.Equal((NodeCondition.Ejected, 0, 2), (pool.Nodes[0].State.Condition, pool.SlotsInUse, pool.Waiting));

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.NotNull((await served.Soon()).Slot);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Contains("; 10.0.0.1:8001 is trying (", (await late.Soon()).Ending?.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_requests_go_to_an_ejected_node_only_when_none_is_up()
    {
        using var pool = Make(2);
        for (var failure = 0; failure < 3; failure++)
            pool.FailToConnect(pool.Nodes[0]);

        Assert.All(Enumerable.Range(0, 4), _ => Assert.Same(pool.Nodes[1], pool.Choose(null)));
        pool.Drain(pool.Nodes[1], on: true);
        Assert.Same(pool.Nodes[0], pool.Choose(null));
        pool.Drain(pool.Nodes[0], on: true);
        Assert.Null(pool.Choose(null));
    }

    private Pool Make(int nodes, BreakerSettings? breaker = null) =>
        new("kb", Pools.Settings([.. Enumerable.Repeat(1000, nodes)]) with { Breaker = breaker ?? Breaker }, _time);
}
