using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>Where a partition's reading begins.</summary>
/// <param name="High">The end of the log when it was asked: who has read up to here has caught up.</param>
internal readonly record struct PartitionStart(int Partition, long From, long High);

/// <summary>How far one partition is read, and how far the hub was told.</summary>
internal sealed class PartitionPlace(TopicPartition partition, PartitionStart start)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>First offset that the hub gets, or got.</summary>
    public long From { get; private set; } = start.From;

    /// <summary>The offset that is read next. Never goes back, whatever the client library does: nothing is given twice.</summary>
    public long Next { get; private set; } = start.From;

    /// <summary>Up to here, this one included, the hub knows.</summary>
    public long Told { get; private set; } = start.From - 1;

    /// <summary>The last offset that became a message.</summary>
    public long LastTaken { get; set; } = -1;

    public long StartHigh { get; private set; } = start.High;

    public bool IsCaughtUp { get; private set; } = start.From >= start.High;

    /// <summary>The time of the last record, to find the place again when the log lost its end.</summary>
    public DateTimeOffset? LastAt { get; set; }

    /// <summary>Whether somebody finds out already why the broker does not know the offset.</summary>
    public bool IsLost { get; set; }

    /// <summary>False when it was read before.</summary>
    public bool TryPass(long offset)
    {
        if (offset < Next)
            return false;
        Next = offset + 1;
        IsCaughtUp |= Next >= StartHigh;
        return true;
    }

    /// <summary>The end of the log: offsets before it that were not seen are no messages.</summary>
    public void ReachEnd(long end)
    {
        Next = Math.Max(Next, end);
        IsCaughtUp = true;
    }

    public void TellUpTo(long offset) => Told = Math.Max(Told, offset);

    public void Restart(PartitionStart start)
    {
        (From, Next, Told, StartHigh) = (start.From, start.From, start.From - 1, start.High);
        (LastTaken, IsLost) = (-1, false);
    }

    /// <summary>Another life of the log begins while this partition goes on where it is.</summary>
    public void BeginHere() => (From, Told) = (Next, Next - 1);
}
