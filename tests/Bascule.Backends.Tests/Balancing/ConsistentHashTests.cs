using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>The same key goes to the same node, on every gateway, and few keys move when nodes change.</summary>
public sealed class ConsistentHashTests
{
    private const int Keys = 10_000;
    private readonly ManualTime _time = new();

    // The values were computed by another program: FNV-1a over the bytes, then the finalizer of MurmurHash3.
    [Theory]
    [InlineData("", 0xEFD01F60BA992926)]
    [InlineData("a", 0x82A2A958A9BECE5B)]
    [InlineData("player-17", 0x2041974DFC34835F)]
    [InlineData("10.0.0.1:8001", 0x2D7AA2D86CD8077C)]
    public void The_hash_of_a_key_is_the_same_for_ever(string key, ulong hash) => Assert.Equal(hash, HashKey.Of(key));

    [Fact]
    public void A_key_has_the_same_node_in_every_pool_with_these_nodes_whatever_their_order()
    {
        var settings = Pools.Settings([Keys, Keys, Keys], balance: Balance.ConsistentHash);
        using var one = new Pool("one", settings, _time);
        using var other = new Pool("other", settings with { Nodes = [.. settings.Nodes.Reverse()] }, _time);

        for (var key = 0; key < 1000; key++)
        {
            var own = one.TakeFree($"user-{key}").Node.Name;
            Assert.Equal(own, one.TakeFree($"user-{key}").Node.Name);
            Assert.Equal(own, other.TakeFree($"user-{key}").Node.Name);
            Assert.Equal(own, other.Choose($"user-{key}")!.Name);
        }
    }

    [Fact]
    public void Keys_spread_evenly()
    {
        using var pool = Pools.Make(_time, [Keys, Keys, Keys, Keys], balance: Balance.ConsistentHash);

        for (var key = 0; key < Keys; key++)
            pool.TakeFree($"user-{key}");

        // 2,500 each; five standard deviations of a fair choice are 217.
        Assert.All(pool.Nodes, node => Assert.InRange(node.SlotsInUse, 2500 - 217, 2500 + 217));
    }

    [Fact]
    public void A_new_node_takes_its_share_of_the_keys_and_no_other_key_moves()
    {
        using var three = Pools.Make(_time, [1, 1, 1], balance: Balance.ConsistentHash);
        using var four = Pools.Make(_time, [1, 1, 1, 1], balance: Balance.ConsistentHash);
        var added = four.Nodes[3].Name;

        var moved = 0;
        for (var key = 0; key < Keys; key++)
        {
            var (before, after) = (three.Choose($"user-{key}")!.Name, four.Choose($"user-{key}")!.Name);
            if (before == after)
                continue;
            Assert.Equal(added, after);
            moved++;
        }

        Assert.InRange(moved, 2500 - 217, 2500 + 217);
    }

    [Fact]
    public void When_the_own_node_is_full_a_key_goes_to_the_one_it_would_have_without_that_node()
    {
        using var pool = Pools.Make(_time, [2, 2, 2], balance: Balance.ConsistentHash);
        const string key = "player-17";
        var own = pool.Choose(key)!;
        var settings = Pools.Settings([1, 1, 1], balance: Balance.ConsistentHash);
        using var without = new Pool("without", settings with { Nodes = [.. settings.Nodes.Where(node => node.Url != own.Url.OriginalString)] }, _time);
        Assert.Equal(2, without.Nodes.Count);

        var slots = Enumerable.Range(0, 6).Select(_ => pool.TakeFree(key)).ToList();

        Assert.Equal([own, own], slots.Take(2).Select(slot => slot.Node));
        Assert.Equal(without.Choose(key)!.Name, slots[2].Node.Name);
        slots[0].Dispose();
        Assert.Same(own, pool.TakeFree(key).Node);
    }

    [Fact]
    public void Requests_without_a_key_are_spread_over_all_nodes()
    {
        using var pool = Pools.Make(_time, [10, 10, 10], balance: Balance.ConsistentHash);

        for (var take = 0; take < 9; take++)
            pool.TakeFree();

        Assert.All(pool.Nodes, node => Assert.Equal(3, node.SlotsInUse));
    }
}
