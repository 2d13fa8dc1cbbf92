using Bascule.Backends;

namespace Bascule.Gateway;

/// <summary>Room for moved clients on the other nodes of a pool. Who was told a moment ago has not come back yet, so a slot is kept for each.</summary>
/// <param name="leaving">The nodes that are being left.</param>
/// <param name="absence">How long a client that was told may take to come back.</param>
internal sealed class DrainRoom(Pool pool, Func<Node, bool> leaving, TimeSpan absence, TimeProvider time)
{
    private readonly Queue<(long At, int Count)> _absent = new();
    private int _absentCount;

    internal int Free()
    {
        while (_absent.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > absence)
            _absentCount -= _absent.Dequeue().Count;
        var free = pool.Nodes.Where(node => node.IsUsable && !leaving(node)).Sum(node => Math.Max(0, node.SlotLimit - node.SlotsInUse - node.UsedElsewhere));
        return Math.Max(0, free - pool.Waiting - _absentCount);
    }

    internal void Told(int count)
    {
        if (count == 0)
            return;
        _absent.Enqueue((time.GetTimestamp(), count));
        _absentCount += count;
    }
}
