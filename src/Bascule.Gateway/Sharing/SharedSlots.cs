using Bascule.Backends;
using Bascule.Cluster;

namespace Bascule.Gateway;

/// <summary>Tells shared pools how many slots of each node the other gateways use.</summary>
public sealed class SharedSlots
{
    private readonly PoolTable _pools;
    private readonly SharedTotals? _totals;

    public SharedSlots(PoolTable pools, ClusterLink cluster)
    {
        _pools = pools;
        _totals = cluster.Totals;
        if (_totals is not null)
            _totals.Changed += (_, _) => Tell();
    }

    /// <summary>Asks for the nodes that there are now; to be called again when nodes join or leave.</summary>
    public void Watch() => _totals?.Watch(_pools.All.Where(p => p.Settings.Shared).SelectMany(p => p.Nodes.Select(n => CountKey.OfSlot(p.Name, n.Name))));

    private void Tell()
    {
        foreach (var pool in _pools.All.Where(p => p.Settings.Shared))
        {
            foreach (var node in pool.Nodes)
                pool.SetUsedElsewhere(node, _totals!.OthersOf(CountKey.OfSlot(pool.Name, node.Name)));
        }
    }
}
