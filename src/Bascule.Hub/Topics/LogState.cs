namespace Bascule.Hub;

/// <summary>One log that is being read. Under the shard's lock.</summary>
internal sealed class LogState(SourceLog log)
{
    private PartitionState[] _partitions = [];

    internal LogId Id => Facts.Id;

    internal SourceLog Facts { get; } = log;

    /// <summary>In the order of their numbers.</summary>
    internal ReadOnlySpan<PartitionState> Partitions => _partitions;

    internal PartitionState? Find(int number)
    {
        // Partitions are mostly numbered from 0 without holes.
        if ((uint)number < (uint)_partitions.Length && _partitions[number].Number == number)
            return _partitions[number];
        return Array.Find(_partitions, p => p.Number == number);
    }

    internal PartitionState Add(int number, long first)
    {
        var added = new PartitionState(this, number, first);
        _partitions = [.. _partitions.Append(added).OrderBy(p => p.Number)];
        return added;
    }
}
