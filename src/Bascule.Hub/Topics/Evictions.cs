namespace Bascule.Hub;

/// <summary>For each partition, up to where messages of a topic or a pattern may be missing from the memory of this shard. Under the shard's lock.</summary>
/// <param name="floor">What was missing already when the topic became known: its messages may have been among those of a topic that was forgotten.</param>
internal sealed class Evictions(IReadOnlyDictionary<PartitionState, long>? floor)
{
    private (PartitionState Partition, long Offset)[] _evicted = [];

    internal ReadOnlySpan<(PartitionState Partition, long Offset)> All => _evicted;

    internal void Raise(PartitionState partition, long offset)
    {
        for (var index = 0; index < _evicted.Length; index++)
        {
            if (_evicted[index].Partition != partition)
                continue;
            _evicted[index].Offset = Math.Max(_evicted[index].Offset, offset);
            return;
        }

        _evicted = [.. _evicted, (partition, offset)];
    }

    /// <summary>All that is newer is there.</summary>
    internal long Through(PartitionState partition)
    {
        var through = partition.First - 1;
        if (floor is not null && floor.TryGetValue(partition, out var before))
            through = Math.Max(through, before);
        foreach (var (evicted, offset) in _evicted)
        {
            if (evicted == partition)
                return Math.Max(through, offset);
        }

        return through;
    }
}
