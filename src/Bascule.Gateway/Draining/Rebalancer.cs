using Bascule.Backends;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>After nodes were added, moves connections from the fullest node to where there is more room: so many a minute as the pool allows.</summary>
public sealed class Rebalancer(PoolTable pools, OpenConnections open, Drains drains, TimeProvider time) : IAsyncDisposable
{
    /// <summary>A part of the minute's worth is moved with each look.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    /// <summary>A node may have a tenth more than its share: below that, moving costs more than it gives.</summary>
    private const double Tolerated = 1.1;

    private readonly CancellationTokenSource _over = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _over.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await Task.Delay(Between, time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_over.IsCancellationRequested)
                return;
            foreach (var pool in pools.All.Where(p => p.Settings.RebalancePerMinute > 0))
                Balance(pool);
        }
    }

    private void Balance(Pool pool)
    {
        var nodes = pool.Nodes.Where(n => n.IsUsable && n.Weight > 0).ToList();
        var capacity = nodes.Sum(n => (double)n.SlotLimit * n.Weight);
        var inUse = nodes.Sum(n => n.SlotsInUse);
        if (nodes.Count < 2 || nodes.MaxBy(n => Excess(n, capacity, inUse)) is not { } fullest)
            return;
        var excess = (int)Excess(fullest, capacity, inUse);
        var share = fullest.SlotsInUse - excess;
        // One at a time for each pool: the next look judges by what this one did.
        if (excess < 1 || fullest.SlotsInUse < share * Tolerated || drains.Running(pool.Name, EndReasons.Rebalancing))
            return;
        var count = (int)Math.Min(excess, Math.Max(1, pool.Settings.RebalancePerMinute * Between.TotalMinutes));
        var selector = new ConnectionSelector(Pool: pool.Name, Node: fullest.Name);
        if (open.Select(selector).Count > 0)
            drains.Start(new DrainOrder($"pool {pool.Name}, which is fuller on node {fullest.Name}", selector, EndReasons.Rebalancing, count, "rebalancing", RoomIn: pool.Name, AtMost: count));
    }

    /// <summary>Connections above the node's part of all.</summary>
    private static double Excess(Node node, double capacity, int inUse) => node.SlotsInUse - (inUse * node.SlotLimit * node.Weight / capacity);
}
