using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>What an operator, and the gateway, can do to a node; and what is told of it.</summary>
public sealed class NodeTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_drained_node_keeps_its_connections_and_gets_no_more()
    {
        using var pool = Pools.Make(_time, [10, 10]);
        var slot = pool.TakeFrom(pool.Nodes[0]);

        pool.Drain(pool.Nodes[0], on: true);

        Assert.Equal("draining (an operator drains it)", pool.Nodes[0].State.ToString());
        Assert.Equal(1, pool.Nodes[0].SlotsInUse);
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Same(pool.Nodes[1], pool.Choose(null)));
        slot.Dispose();
        for (var take = 0; take < 10; take++)
            Assert.Same(pool.Nodes[1], pool.TakeFree().Node);
        pool.Drain(pool.Nodes[0], on: false);
        Assert.Same(pool.Nodes[0], pool.TakeFree().Node);
    }

    [Fact]
    public async Task A_slot_of_a_drained_node_is_not_handed_on_until_the_node_is_back()
    {
        using var pool = Pools.Make(_time, [1, 1]);
        var slot = pool.TakeFrom(pool.Nodes[0]);
        pool.TakeFrom(pool.Nodes[1]);
        var waiter = pool.StartWaiting();

        pool.Drain(pool.Nodes[0], on: true);
        slot.Dispose();
        Assert.Equal((1, 1), (pool.SlotsInUse, pool.Waiting));
        pool.Drain(pool.Nodes[0], on: false);

        Assert.Same(pool.Nodes[0], (await waiter.Soon()).Slot?.Node);
    }

    [Fact]
    public void When_all_are_drained_attempts_end_at_once()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.Drain(pool.Nodes[0], on: true);

        Assert.Equal("no_usable_node: pool kb: 10.0.0.1:8001 is draining (an operator drains it)", pool.Refused().ToString());
    }

    [Fact]
    public async Task More_slots_serve_those_who_wait()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        var waits = Enumerable.Range(0, 3).Select(_ => pool.StartWaiting()).ToList();

        pool.SetSlots(pool.Nodes[0], 3);

        Assert.All(await Task.WhenAll(waits.Take(2)).Soon(), result => Assert.NotNull(result.Slot));
        Assert.Equal((3, 3, 1), (pool.SlotLimit, pool.SlotsInUse, pool.Waiting));
    }

    [Fact]
    public void Fewer_slots_leave_connections_alone_and_are_not_given_again()
    {
        using var pool = Pools.Make(_time, [3], queueLength: 0);
        var slots = Enumerable.Range(0, 3).Select(_ => pool.TakeFree()).ToList();

        pool.SetSlots(pool.Nodes[0], 2);
        Assert.Equal(3, pool.SlotsInUse);
        slots[0].Dispose();
        Assert.Equal(EndReasons.QueueFull, pool.Refused().Reason);
        slots[1].Dispose();
        pool.TakeFree();

        Assert.Equal(2, pool.SlotsInUse);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.SetSlots(pool.Nodes[0], 0));
    }

    [Fact]
    public async Task Slots_that_other_gateways_hold_count_as_used()
    {
        using var pool = Pools.Make(_time, [4, 4]);

        pool.SetUsedElsewhere(pool.Nodes[0], 3);
        Assert.Same(pool.Nodes[1], pool.TakeFree().Node);
        Assert.Same(pool.Nodes[1], pool.TakeFree().Node);
        pool.SetUsedElsewhere(pool.Nodes[0], 4);
        pool.TakeFree();
        pool.TakeFree();
        Assert.Equal((0, 4), (pool.Nodes[0].SlotsInUse, pool.Nodes[1].SlotsInUse));
        var waiter = pool.StartWaiting();

        pool.SetUsedElsewhere(pool.Nodes[0], 3);

        Assert.Same(pool.Nodes[0], (await waiter.Soon()).Slot?.Node);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.SetUsedElsewhere(pool.Nodes[0], -1));
    }

    [Fact]
    public void Each_change_is_told_once_in_order_and_outside_the_lock()
    {
        using var pool = Pools.Make(_time, [1, 1]);
        var seen = new List<string>();
        pool.NodeChanged += change =>
        {
            // Another thread gets into the pool meanwhile: the lock is free.
            var other = new Thread(() => pool.QueueView());
            other.Start();
            Assert.True(other.Join(TimeSpan.FromSeconds(30)));
            seen.Add($"{change.Node}: {change.Old?.Condition} to {change.New?.Condition}, {change.New?.Why}");
            if (change.New?.Condition == NodeCondition.Draining)
                pool.Drain(change.Node, on: false);
        };

        pool.Drain(pool.Nodes[0], on: true);
        pool.SetWeight(pool.Nodes[1], 5);

        Assert.Equal(["10.0.0.1:8001: Up to Draining, an operator drains it", "10.0.0.1:8001: Draining to Up, "], seen);
    }

    [Fact]
    public void A_condition_says_since_when_it_holds()
    {
        using var pool = Pools.Make(_time, [1]);
        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Drain(pool.Nodes[0], on: true);
        var since = _time.GetUtcNow();

        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Drain(pool.Nodes[0], on: true);

        Assert.Equal(since, pool.Nodes[0].State.Since);
    }
}
