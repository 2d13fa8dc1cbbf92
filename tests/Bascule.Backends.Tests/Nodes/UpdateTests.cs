using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Settings change while connections are open: none is lost, no count begins anew.</summary>
public sealed class UpdateTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_node_that_stays_keeps_its_connections_and_its_condition()
    {
        using var pool = Pools.Make(_time, [5, 5]);
        var node = pool.Nodes[0];
        var slot = pool.TakeFrom(node);
        pool.Drain(node, on: true);

        pool.Update(Pools.Settings([7, 7, 7]));

        Assert.Same(node, pool.Nodes[0]);
        Assert.Equal((1, 7, NodeCondition.Draining, 21), (node.SlotsInUse, node.SlotLimit, node.State.Condition, pool.SlotLimit));
        slot.Dispose();
        Assert.Equal((0, 0), (node.SlotsInUse, pool.SlotsInUse));
    }

    [Fact]
    public void What_an_operator_set_stays_until_the_settings_of_that_node_change()
    {
        using var pool = Pools.Make(_time, [5, 5]);
        pool.SetSlots(pool.Nodes[0], 50);
        pool.SetWeight(pool.Nodes[0], 9);

        pool.Update(Pools.Settings([5, 6]));
        Assert.Equal((50, 9, 6), (pool.Nodes[0].SlotLimit, pool.Nodes[0].Weight, pool.Nodes[1].SlotLimit));

        pool.Update(Pools.Settings([8, 6]));
        Assert.Equal((8, 9), (pool.Nodes[0].SlotLimit, pool.Nodes[0].Weight));
    }

    [Fact]
    public void A_node_that_is_gone_drains_and_leaves_with_its_last_connection()
    {
        using var pool = Pools.Make(_time, [5, 5]);
        var gone = pool.Nodes[1];
        var slots = new[] { pool.TakeFrom(gone), pool.TakeFrom(gone) };
        var told = new List<NodeChange>();
        pool.NodeChanged += told.Add;

        pool.Update(Pools.Settings([5]));

        Assert.Equal("draining (it is no longer in the configuration)", gone.State.ToString());
        Assert.Equal(2, pool.Nodes.Count);
        for (var take = 0; take < 4; take++)
            Assert.Same(pool.Nodes[0], pool.TakeFree().Node);
        slots[0].Dispose();
        Assert.Contains(gone, pool.Nodes);
        slots[1].Dispose();
        Assert.Equal([pool.Nodes[0]], pool.Nodes);
        Assert.Equal([(gone, NodeCondition.Draining), (gone, null)], told.Select(change => (change.Node, change.New?.Condition)));
    }

    [Fact]
    public void A_node_that_comes_back_before_it_is_empty_still_has_its_connections()
    {
        using var pool = Pools.Make(_time, [5, 5]);
        var node = pool.Nodes[1];
        pool.TakeFrom(node);

        pool.Update(Pools.Settings([5]));
        pool.Update(Pools.Settings([5, 5]));

        Assert.Equal((node, 1, NodeCondition.Up), (pool.Nodes[1], node.SlotsInUse, node.State.Condition));
    }

    [Fact]
    public void A_node_without_connections_leaves_at_once()
    {
        using var pool = Pools.Make(_time, [5, 5]);

        pool.Update(Pools.Settings([5]));

        Assert.Single(pool.Nodes);
    }

    [Fact]
    public async Task Room_that_an_update_makes_goes_to_those_who_wait()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        var waiter = pool.StartWaiting();

        pool.Update(Pools.Settings([1, 1]));

        Assert.Same(pool.Nodes[1], (await waiter.Soon()).Slot?.Node);
    }

    [Fact]
    public async Task A_shorter_wait_holds_for_those_who_wait_already()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        var waiter = pool.StartWaiting();

        pool.Update(pool.Settings with { Queue = pool.Settings.Queue with { Wait = TimeSpan.FromSeconds(3), Length = 1 } });
        Assert.Equal(EndReasons.QueueFull, pool.Refused().Reason);
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.FromSeconds(3), (await waiter.Soon()).Waited);
    }

    [Fact]
    public void The_rule_of_balance_changes_in_place()
    {
        using var pool = Pools.Make(_time, [100, 100]);
        var slots = Enumerable.Range(0, 20).Select(_ => pool.TakeFrom(pool.Nodes[0])).ToList();

        pool.Update(pool.Settings with { Balance = Balance.RoundRobin });
        slots.AddRange(Enumerable.Range(0, 10).Select(_ => pool.TakeFree()));

        Assert.Equal([25, 5], pool.Nodes.Select(node => node.SlotsInUse));
    }

    [Fact]
    public void Scheme_and_trust_of_a_node_change_in_place()
    {
        using var pool = Pools.Make(_time, [5]);
        var node = pool.Nodes[0];

        pool.Update(new PoolSettings { Nodes = [new() { Url = "https://10.0.0.1:8001", InsecureTls = true }] });

        Assert.Equal(("https", true), (node.Url.Scheme, node.InsecureTls));
    }

    [Fact]
    public void Settings_with_a_fault_change_nothing()
    {
        using var pool = Pools.Make(_time, [5, 5]);
        var settings = pool.Settings;

        Assert.Throws<ArgumentException>(() => pool.Update(new PoolSettings()));
        Assert.Throws<ArgumentException>(() => pool.Update(settings with { Nodes = [settings.Nodes[0], settings.Nodes[0]] }));

        Assert.Equal((settings, 2), (pool.Settings, pool.Nodes.Count));
    }
}
