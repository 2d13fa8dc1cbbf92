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

    [Fact]
    public void Each_pool_is_found_by_its_name()
    {
        using var table = new PoolTable(Settings, new ManualTime());

        Assert.Equal(["kb", "chat"], table.All.Select(pool => pool.Name));
        Assert.Equal(4, table["chat"].SlotLimit);
        Assert.Same(table.All[0], table["kb"]);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        using var table = new PoolTable(Settings, new ManualTime());

        var error = Assert.Throws<KeyNotFoundException>(() => table["Chat"]);

        Assert.Equal("There is no pool `Chat`; there are: kb, chat.", error.Message);
    }

    [Fact]
    public void Disposing_the_table_closes_its_pools()
    {
        var table = new PoolTable(Settings, new ManualTime());

        table.Dispose();

        Assert.All(table.All, pool => Assert.Equal(EndReasons.GatewayStopping, Pools.Finished(pool.TakeAsync(Pools.Any, default)).Ending?.Reason));
    }
}
