namespace Bascule.Hub;

/// <summary>Positions in the order of cursors: by log, then by partition, each partition once.</summary>
internal static class PositionOrder
{
    /// <summary>The index, or the complement of where it would stand.</summary>
    internal static int Find(ReadOnlySpan<Position> sorted, LogId log, int partition)
    {
        int low = 0, high = sorted.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(sorted[middle], log, partition);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    internal static bool Knows(ReadOnlySpan<Position> sorted, LogId log)
    {
        var index = Find(sorted, log, 0);
        if (index >= 0)
            return true;
        return ~index < sorted.Length && sorted[~index].Log == log;
    }

    internal static int Compare(Position position, LogId log, int partition)
    {
        var byLog = position.Log.Value.CompareTo(log.Value);
        return byLog != 0 ? byLog : position.Partition.CompareTo(partition);
    }
}
