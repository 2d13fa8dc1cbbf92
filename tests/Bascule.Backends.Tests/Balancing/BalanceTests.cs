using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Which node a connection goes to.</summary>
public sealed class BalanceTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.RoundRobin)]
    public void Equal_nodes_never_differ_by_more_than_one_connection(Balance balance)
    {
        // Case C: 12,000 attempts on three shards of 6,000 slots.
        using var pool = Pools.Make(_time, [6000, 6000, 6000], balance: balance);

        for (var take = 0; take < 12_000; take++)
        {
            pool.TakeFree();
            Assert.InRange(pool.Nodes.Max(node => node.SlotsInUse) - pool.Nodes.Min(node => node.SlotsInUse), 0, 1);
        }

        Assert.All(pool.Nodes, node => Assert.Equal(4000, node.SlotsInUse));
    }

    [Fact]
    public void Every_slot_of_every_node_can_be_taken()
    {
        using var pool = Pools.Make(_time, [6000, 6000, 6000]);

        for (var take = 0; take < 18_000; take++)
            pool.TakeFree();

        Assert.All(pool.Nodes, node => Assert.Equal(6000, node.SlotsInUse));
        Assert.Equal(pool.SlotLimit, pool.SlotsInUse);
    }

    [Fact]
    public void LeastConnections_fills_the_node_that_lost_connections_first()
    {
        using var pool = Pools.Make(_time, [10, 10, 10]);
        var slots = Enumerable.Range(0, 12).Select(_ => pool.TakeFree()).ToList();
        foreach (var slot in slots.Where(slot => slot.Node == pool.Nodes[1]))
            slot.Dispose();

        for (var take = 0; take < 4; take++)
            Assert.Same(pool.Nodes[1], pool.TakeFree().Node);
    }

    [Fact]
    public void LeastConnections_uses_nodes_in_proportion_to_their_limits()
    {
        using var pool = Pools.Make(_time, [100, 300, 600]);

        for (var take = 0; take < 500; take++)
            pool.TakeFree();

        Assert.All(pool.Nodes, node => Assert.InRange(node.SlotsInUse, (node.SlotLimit / 2) - 1, (node.SlotLimit / 2) + 1));
    }

    [Fact]
    public void LeastConnections_takes_turns_among_equal_nodes()
    {
        using var pool = Pools.Make(_time, [5, 5, 5]);

        var seen = Enumerable.Range(0, 6).Select(_ =>
        {
            using var slot = pool.TakeFree();
            return slot.Node.Name;
        });

        Assert.Equal([.. pool.Nodes.Select(node => node.Name), .. pool.Nodes.Select(node => node.Name)], seen);
    }

    [Fact]
    public void RoundRobin_passes_over_a_full_node()
    {
        using var pool = Pools.Make(_time, [3, 1, 3], balance: Balance.RoundRobin);

        var ports = Enumerable.Range(0, 7).Select(_ => pool.TakeFree().Node.Url.Port);

        Assert.Equal([8001, 8002, 8003, 8001, 8003, 8001, 8003], ports);
    }

    [Theory]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.RoundRobin)]
    [InlineData(Balance.ConsistentHash)]
    public void Plain_requests_without_a_key_go_to_one_node_after_the_other_and_take_no_slot(Balance balance)
    {
        using var pool = Pools.Make(_time, [1, 1, 1], balance: balance);
        pool.TakeFree("key");

        var ports = Enumerable.Range(0, 6).Select(_ => pool.Choose(null)!.Url.Port);

        Assert.Equal([8001, 8002, 8003, 8001, 8002, 8003], ports);
        Assert.Equal(1, pool.SlotsInUse);
    }

    [Fact]
    public void Plain_requests_between_connections_do_not_upset_the_turns()
    {
        using var pool = Pools.Make(_time, [10, 10], balance: Balance.RoundRobin);

        for (var take = 0; take < 10; take++)
        {
            pool.Choose(null);
            pool.TakeFree();
        }

        Assert.All(pool.Nodes, node => Assert.Equal(5, node.SlotsInUse));
    }
}
