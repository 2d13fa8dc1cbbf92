using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Nodes get connections by their weight, and a node that is new or back gets them little by little.</summary>
public sealed class WeightTests
{
    private const int Slots = 100_000;
    private static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(100);
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.RoundRobin)]
    public void A_weight_of_3_gets_three_times_as_many_as_one_of_1(Balance balance)
    {
        using var pool = Make(balance, 1, 3);

        Take(pool, 400);

        Assert.Equal([100, 300], pool.Nodes.Select(node => node.SlotsInUse));
    }

    [Fact]
    public void ConsistentHash_gives_a_heavy_node_more_keys_and_a_change_of_weight_moves_few()
    {
        using var pool = Make(Balance.ConsistentHash, 1, 1, 2);
        const int keys = 10_000;
        var before = Owners(pool, keys);

        // 5,000 expected; five standard deviations are 250.
        Assert.InRange(before.Count(node => node == pool.Nodes[2]), 4750, 5250);

        pool.SetWeight(pool.Nodes[2], 1);
        var after = Owners(pool, keys);
        Assert.All(Enumerable.Range(0, keys).Where(key => before[key] != after[key]), key => Assert.Same(pool.Nodes[2], before[key]));
        Assert.InRange(after.Count(node => node == pool.Nodes[2]), 3333 - 236, 3333 + 236);
    }

    [Fact]
    public void Heavy_nodes_take_their_turns_spread_out()
    {
        using var pool = Make(Balance.RoundRobin, 2, 1);

        var ports = Enumerable.Range(0, 6).Select(_ => pool.TakeFree().Node.Url.Port);

        Assert.Equal([8001, 8002, 8001, 8001, 8002, 8001], ports);
    }

    [Fact]
    public void Plain_requests_follow_the_weights()
    {
        using var pool = Make(Balance.LeastConnections, 1, 3);

        var chosen = Enumerable.Range(0, 40).Select(_ => pool.Choose(null)).ToList();

        Assert.Equal(30, chosen.Count(node => node == pool.Nodes[1]));
    }

    [Fact]
    public void A_weight_can_change_while_the_pool_runs()
    {
        using var pool = Make(Balance.LeastConnections, 1, 1);
        Take(pool, 200);

        pool.SetWeight(pool.Nodes[0], 3);
        Take(pool, 200);

        Assert.Equal([300, 100], pool.Nodes.Select(node => node.SlotsInUse));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.SetWeight(pool.Nodes[0], -1));
    }

    [Theory]
    [InlineData(Balance.LeastConnections)]
    [InlineData(Balance.RoundRobin)]
    [InlineData(Balance.ConsistentHash)]
    public void A_node_of_weight_0_gets_nothing_and_is_shown_as_draining(Balance balance)
    {
        using var pool = Make(balance, 0, 1);

        Take(pool, 100);

        Assert.Equal("draining (its weight is 0)", pool.Nodes[0].State.ToString());
        Assert.Equal([0, 100], pool.Nodes.Select(node => node.SlotsInUse));
        pool.SetWeight(pool.Nodes[0], 1);
        Assert.Equal(NodeCondition.Up, pool.Nodes[0].State.Condition);
    }

    [Fact]
    public void LeastConnections_brings_a_new_node_up_to_its_share_little_by_little()
    {
        using var pool = Make(Balance.LeastConnections, 1);
        Take(pool, 1000);
        pool.Update(Settings(Balance.LeastConnections, 1, 1));

        _time.Advance(SlowStart / 4);
        Take(pool, 600);
        Assert.InRange(pool.Nodes[1].SlotsInUse, 310, 330); // a fifth of 1,600: a quarter of the share of the other

        _time.Advance(SlowStart);
        Take(pool, 1000);
        Assert.Equal([1300, 1300], pool.Nodes.Select(node => node.SlotsInUse));
    }

    [Fact]
    public void RoundRobin_gives_a_new_node_few_turns_first()
    {
        using var pool = Make(Balance.RoundRobin, 1);
        pool.Update(Settings(Balance.RoundRobin, 1, 1));

        _time.Advance(SlowStart / 4);
        Take(pool, 100);
        Assert.Equal(20, pool.Nodes[1].SlotsInUse);

        _time.Advance(SlowStart);
        Take(pool, 100);
        Assert.Equal(70, pool.Nodes[1].SlotsInUse);
    }

    [Fact]
    public void ConsistentHash_gives_a_new_node_few_keys_first()
    {
        using var pool = Make(Balance.ConsistentHash, 1);
        pool.Update(Settings(Balance.ConsistentHash, 1, 1));

        _time.Advance(SlowStart / 4);

        // 2,000 of 10,000 expected; five standard deviations are 200.
        Assert.InRange(Owners(pool, 10_000).Count(node => node == pool.Nodes[1]), 1800, 2200);
    }

    [Fact]
    public void A_slow_start_does_not_withhold_slots_when_the_others_are_full()
    {
        using var pool = new Pool("kb", Pools.Settings([2]) with { SlowStart = SlowStart }, _time);
        pool.Update(Pools.Settings([2, 5]) with { SlowStart = SlowStart });

        Take(pool, 7);

        Assert.Equal([2, 5], pool.Nodes.Select(node => node.SlotsInUse));
    }

    [Fact]
    public void A_node_that_is_back_starts_slowly_and_those_of_the_process_start_do_not()
    {
        using var pool = Make(Balance.RoundRobin, 1, 1);
        Take(pool, 100);
        Assert.Equal([50, 50], pool.Nodes.Select(node => node.SlotsInUse));

        pool.Drain(pool.Nodes[1], on: true);
        pool.Drain(pool.Nodes[1], on: false);
        _time.Advance(SlowStart / 4);
        Take(pool, 100);

        Assert.Equal([130, 70], pool.Nodes.Select(node => node.SlotsInUse));
    }

    private Pool Make(Balance balance, params int[] weights) => new("kb", Settings(balance, weights), _time);

    private static PoolSettings Settings(Balance balance, params int[] weights) => Pools.Settings([.. weights.Select(_ => Slots)], balance: balance) with
    {
        Nodes = [.. weights.Select((weight, at) => new NodeSettings { Url = $"http://10.0.0.1:{8001 + at}", Slots = Slots, Weight = weight })],
        SlowStart = SlowStart,
    };

    private static void Take(Pool pool, int count)
    {
        for (var take = 0; take < count; take++)
            pool.TakeFree($"key {take}");
    }

    private static List<Node> Owners(Pool pool, int keys) => [.. Enumerable.Range(0, keys).Select(key => pool.Choose($"user-{key}")!)];
}
