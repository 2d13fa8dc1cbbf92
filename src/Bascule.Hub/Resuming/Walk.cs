namespace Bascule.Hub;

/// <summary>A way through what a shard remembers of a stream, from old to new, past what a client has seen. Under the shard's lock.</summary>
internal sealed class Walk(TopicStream stream)
{
    /// <summary>How much is taken, and looked at, while the lock is held: some ten microseconds.</summary>
    private const int MostTaken = 256;
    private const int MostBytes = 64 * 1024;
    private const int MostLooked = 4096;

    private long _next;
    private long _seenTo;
    private bool _isSeenToStale;

    /// <summary>What the last run found.</summary>
    internal List<SourceMessage> Taken { get; } = [];

    /// <summary>Readable without the lock.</summary>
    internal bool HasMore => stream.LastSequence >= Volatile.Read(ref _next);

    /// <summary>Entries that were not looked at.</summary>
    internal long Left
    {
        get
        {
            lock (stream.Shard.Gate)
                return stream.Entries.Count - stream.Entries.IndexFrom(_next);
        }
    }

    /// <summary>Begins where something may be news.</summary>
    internal void Start(RunningCursor seen)
    {
        _next = stream.Shard.Sequence + 1;
        _isSeenToStale = true;
        foreach (var partition in stream.Feeds)
        {
            partition.Bounds(seen.OffsetOf(partition.Log.Id, partition.Number) ?? -1, out var unseenFrom, out _);
            _next = Math.Min(_next, unseenFrom);
        }
    }

    /// <summary>More was seen than was walked past: by a fetch, or elsewhere and only now given to this shard. It may be anywhere in the chain.</summary>
    internal void NoteSeen() => _isSeenToStale = true;

    internal void JumpToEnd() => Volatile.Write(ref _next, stream.Shard.Sequence + 1);

    /// <summary>Takes the next messages that are news. True at the end of what there is.</summary>
    internal bool Run(RunningCursor seen)
    {
        var entries = stream.Entries;
        var index = entries.IndexFrom(_next);
        var bytes = 0;
        for (var looked = 0; index < entries.Count && looked < MostLooked && Taken.Count < MostTaken && bytes < MostBytes; looked++)
        {
            var entry = entries[index++];
            _next = entry.Sequence + 1;
            if (entry.Message is not { } message || seen.OffsetOf(entry.Partition!.Log.Id, entry.Partition.Number) is not { } offset || entry.Offset <= offset)
                continue;
            Taken.Add(message);
            bytes += message.Payload.Length;
        }

        if (index < entries.Count)
            return false;
        Volatile.Write(ref _next, Math.Max(_next, stream.LastSequence + 1));
        return true;
    }

    /// <summary>Puts the reader in the chain when nothing that follows there was seen, and what follows is not more than it may be behind. Not while it is ahead.</summary>
    internal bool TryPlace(Subscription reader, RunningCursor seen)
    {
        if (_isSeenToStale)
            FindSeenTo(seen);
        var chain = reader.Chain;
        if (_next <= _seenTo || !chain.TryFind(_next, out var block, out var offset) || chain.End - block.Start - offset > chain.MostLag / 2)
            return false;
        reader.Place(block, offset);
        return true;
    }

    /// <summary>Found once, not with each step: what the walk itself passes is behind it anyway, and the landmarks that say it are coarse.</summary>
    private void FindSeenTo(RunningCursor seen)
    {
        _isSeenToStale = false;
        _seenTo = 0;
        foreach (var partition in stream.Feeds)
        {
            partition.Bounds(seen.OffsetOf(partition.Log.Id, partition.Number) ?? -1, out _, out var seenTo);
            _seenTo = Math.Max(_seenTo, seenTo);
        }
    }
}
