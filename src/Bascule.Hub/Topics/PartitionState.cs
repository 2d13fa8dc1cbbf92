namespace Bascule.Hub;

/// <summary>One partition of a log, as far as this shard has read it. Under the shard's lock.</summary>
internal sealed class PartitionState(LogState log, int number, long first)
{
    /// <summary>How many messages lie between two landmarks, and how many landmarks are kept at most: 65,536 messages, for 16 KB.</summary>
    private const int Stride = 64;
    private const int MostLandmarks = 1024;

    private readonly List<(long Offset, long Sequence)> _landmarks = [];
    private long _messages;
    private long _lastOffset = -1;
    private long _lastSequence;

    internal LogState Log { get; } = log;

    internal int Number { get; } = number;

    /// <summary>What is older was never given here.</summary>
    internal long First { get; private set; } = first;

    /// <summary>The last offset that was given.</summary>
    internal long End { get; private set; } = first - 1;

    /// <summary>Messages up to here belonged to topics that are not known any more.</summary>
    internal long Forgotten { get; private set; } = -1;

    internal Position Position => new(Log.Id, Number, End);

    internal void Append(long offset, long sequence)
    {
        End = _lastOffset = offset;
        _lastSequence = sequence;
        if (_messages++ % Stride != 0)
            return;
        if (_landmarks.Count == MostLandmarks)
            _landmarks.RemoveRange(0, MostLandmarks / 2);
        _landmarks.Add((offset, sequence));
    }

    internal void Advance(long offset) => End = Math.Max(End, offset);

    internal void Forget(long offset) => Forgotten = Math.Max(Forgotten, offset);

    /// <summary>The source left something out: what the shard knows begins anew.</summary>
    internal void Skip(long first)
    {
        First = first;
        End = first - 1;
    }

    /// <summary>For who has seen everything up to the offset: no message before <paramref name="unseenFrom"/> is news, and none behind <paramref name="seenTo"/> was seen. Both are
    /// safe, not exact.</summary>
    internal void Bounds(long offset, out long unseenFrom, out long seenTo)
    {
        unseenFrom = 0;
        seenTo = _lastSequence;
        if (offset >= _lastOffset)
        {
            unseenFrom = long.MaxValue;
            return;
        }

        int low = 0, high = _landmarks.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_landmarks[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        if (low > 0)
            unseenFrom = _landmarks[low - 1].Sequence + 1;
        if (low < _landmarks.Count)
            seenTo = _landmarks[low].Sequence - 1;
    }
}
