using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>An attempt does not go back to the node that just failed it.</summary>
public sealed class AvoidTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.RoundRobin)]
    [InlineData(Balance.ConsistentHash)]
    public void An_avoided_node_is_not_taken_while_it_is_the_only_one_to_avoid(Balance balance)
    {
        using var pool = Pools.Make(_time, [100, 100, 100], balance: balance);

        for (var take = 0; take < 100; take++)
            Assert.NotSame(pool.Nodes[1], pool.TakeFree($"key {take}", pool.Nodes[1]).Node);
    }

    [Fact]
    public async Task A_freed_slot_goes_to_the_first_waiter_that_does_not_avoid_its_node()
    {
        using var pool = Pools.Make(_time, [1, 1]);
        var slots = new[] { pool.TakeFree(), pool.TakeFree() }.ToDictionary(slot => slot.Node);
        var (left, right) = (pool.Nodes[0], pool.Nodes[1]);
        var notLeft = pool.StartWaiting(default, left);
        var either = pool.StartWaiting();

        slots[left].Dispose();
        Assert.Same(left, (await either.Soon()).Slot!.Node);
        Assert.False(notLeft.IsCompleted);

        slots[right].Dispose();
        Assert.Same(right, (await notLeft.Soon()).Slot!.Node);
    }

    [Fact]
    public async Task A_newcomer_may_take_a_free_slot_that_every_waiter_avoids()
    {
        using var pool = Pools.Make(_time, [1, 1]);
        var slots = new[] { pool.TakeFree(), pool.TakeFree() }.ToDictionary(slot => slot.Node);
        var (left, right) = (pool.Nodes[0], pool.Nodes[1]);
        var notLeft = pool.StartWaiting(default, left);

        slots[left].Dispose();
        Assert.Equal((1, 1), (pool.SlotsInUse, pool.Waiting));
        Assert.Same(left, pool.TakeFree().Node);

        slots[right].Dispose();
        Assert.Same(right, (await notLeft.Soon()).Slot!.Node);
    }

    [Fact]
    public void An_attempt_that_every_node_failed_does_not_wait_for_them()
    {
        using var pool = Pools.Make(_time, [1, 1]);

        var result = Pools.Finished(pool.TakeAsync(new SlotRequest(null, pool.Nodes), default));

        Assert.Equal(
            "no_usable_node: pool kb: 10.0.0.1:8001 is up, 10.0.0.1:8002 is up; not counting on 10.0.0.1:8001, 10.0.0.1:8002, which just failed this attempt",
            result.Ending.ToString());
        Assert.Equal(0, pool.SlotsInUse);
    }

    [Fact]
    public async Task Both_endings_name_the_nodes_that_were_left_out()
    {
        using var pool = Pools.Make(_time, [1, 1], queueLength: 1);
        pool.TakeFree(null, pool.Nodes[0]);
        var waiter = pool.StartWaiting(default, pool.Nodes[0]);

        var refused = Pools.Finished(pool.TakeAsync(new SlotRequest(null, [pool.Nodes[0]]), default));
        _time.Advance(TimeSpan.FromSeconds(10));

        const string leftOut = "; not counting on 10.0.0.1:8001, which just failed this attempt";
        Assert.Equal($"pool kb: 1 of 2 slots in use, 1 of 1 places in the queue taken{leftOut}", refused.Ending?.Detail);
        Assert.EndsWith($"1 of 2 slots in use, 0 of 1 still waiting{leftOut}", (await waiter.Soon()).Ending?.Detail, StringComparison.Ordinal);
    }
}
