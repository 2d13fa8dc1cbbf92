using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Pools are found by the name they have in the configuration.</summary>
public sealed class PoolTableTests
{
    private static readonly Dictionary<string, PoolSettings> Settings = new(StringComparer.Ordinal)
    {
        ["kb"] = Pools.Settings([1]),
        ["chat"] = Pools.Settings([2, 2]),
    };

    private readonly ManualTime _time = new();

    [Fact]
    public void Each_pool_is_found_by_its_name()
    {
        using var table = new PoolTable(Settings, _time);

        Assert.Equal(["kb", "chat"], table.All.Select(pool => pool.Name));
        Assert.Equal(4, table["chat"].SlotLimit);
        Assert.Same(table.All[0], table["kb"]);
        Assert.Null(table.Find("Chat"));
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        using var table = new PoolTable(Settings, _time);

        var error = Assert.Throws<KeyNotFoundException>(() => table["Chat"]);

        Assert.Equal("There is no pool `Chat`; there are: kb, chat.", error.Message);
    }

    [Fact]
    public void Disposing_the_table_closes_its_pools()
    {
        var table = new PoolTable(Settings, _time);

        table.Dispose();

        Assert.All(table.All, pool => Assert.Equal(EndReasons.GatewayStopping, pool.Refused().Reason));
    }

    [Fact]
    public async Task A_pool_that_is_gone_refuses_everybody_and_takes_its_slots_back()
    {
        using var table = new PoolTable(Settings, _time);
        var pool = table["kb"];
        var slot = pool.TakeFree();
        var waiter = pool.StartWaiting();

        table.Update(Only("chat"));

        Assert.Equal("no_usable_node: pool kb is no longer in the configuration", (await waiter.Soon()).Ending.ToString());
        Assert.Equal(EndReasons.NoUsableNode, pool.Refused().Reason);
        Assert.Equal(pool.Refused(), pool.NoUsableNode());
        Assert.Null(pool.Choose(null));
        Assert.Equal([table["chat"], pool], table.All);
        slot.Dispose();
        Assert.Equal([table["chat"]], table.All);
        table.Update(Only("chat"));
        Assert.Null(table.Find("kb"));
    }

    [Fact]
    public void A_pool_that_comes_back_still_has_its_connections()
    {
        using var table = new PoolTable(Settings, _time);
        var pool = table["chat"];
        pool.TakeFree();

        table.Update(Only("kb"));
        table.Update(Settings);

        Assert.Same(pool, table["chat"]);
        pool.TakeFree();
        Assert.Equal(2, pool.SlotsInUse);
    }

    [Fact]
    public void New_pools_appear_and_those_that_stay_are_updated()
    {
        using var table = new PoolTable(Only("kb"), _time);
        var pool = table["kb"];
        var told = new List<NodeChange>();
        table.NodeChanged += told.Add;

        table.Update(new Dictionary<string, PoolSettings>(Settings, StringComparer.Ordinal) { ["kb"] = Pools.Settings([3, 3]) });

        Assert.Equal((pool, 6), (table["kb"], pool.SlotLimit));
        table["chat"].Drain(table["chat"].Nodes[0], on: true);
        Assert.Equal([("kb", NodeCondition.Up), ("chat", NodeCondition.Draining)], told.Select(change => (change.Pool.Name, change.New!.Condition)));
    }

    [Fact]
    public void A_fault_in_one_pool_changes_none()
    {
        using var table = new PoolTable(Settings, _time);

        Assert.Throws<ArgumentException>(() => table.Update(new Dictionary<string, PoolSettings>(StringComparer.Ordinal)
        {
            ["kb"] = Pools.Settings([9]),
            ["empty"] = new(),
        }));

        Assert.Equal((1, 4), (table["kb"].SlotLimit, table["chat"].SlotLimit));
    }

    private static Dictionary<string, PoolSettings> Only(string name) => new(StringComparer.Ordinal) { [name] = Settings[name] };
}
