namespace Bascule.Hub;

/// <summary>What a client has seen of a stream, beside what this shard knows of it. All but <see cref="IsNews"/> under the shard's lock.</summary>
internal sealed class Coverage(TopicStream stream, Cursor from)
{
    private int _version;

    internal RunningCursor Cursor { get; } = new(from);

    /// <summary>Whether it has seen what this shard has not read yet.</summary>
    internal bool IsAhead
    {
        get
        {
            foreach (var partition in stream.Feeds)
            {
                if (SeenOf(partition) > partition.End)
                    return true;
            }

            return false;
        }
    }

    internal bool IsNews(Position position) => Cursor.OffsetOf(position.Log, position.Partition) is { } seen && position.Offset > seen;

    /// <summary>Makes the cursor speak of exactly those partitions that feed the stream. Says why it cannot, when it speaks of a log that is over.</summary>
    internal GapReason? Align()
    {
        if (_version == stream.Shard.Logs.Version)
            return null;
        _version = stream.Shard.Logs.Version;
        foreach (var position in Cursor.Positions)
        {
            if (stream.Shard.Logs.WhyGone(position.Log) is { } why)
                return why;
        }

        var aligned = Array.ConvertAll(stream.Feeds, p => p.Position with { Offset = SeenOf(p) });
        Cursor.Become(aligned);
        return null;
    }

    /// <summary>The first partition of which this shard does not remember all that the client has not seen.</summary>
    internal Missing? FindMissing()
    {
        foreach (var partition in stream.Feeds)
        {
            var seen = SeenOf(partition);
            var through = stream.Evictions.Through(partition);
            if (seen < through)
                return new Missing(partition, seen, through);
        }

        return null;
    }

    /// <summary>To where the stream stands.</summary>
    /// <param name="keepsWhatIsAhead">What was seen elsewhere is not to come again.</param>
    internal void Jump(bool keepsWhatIsAhead)
    {
        _version = stream.Shard.Logs.Version;
        var to = Array.ConvertAll(
            stream.Feeds,
            p => p.Position with { Offset = keepsWhatIsAhead ? Math.Max(p.End, Cursor.OffsetOf(p.Log.Id, p.Number) ?? -1) : p.End });
        Cursor.Become(to);
    }

    /// <summary>A partition that is new in a log that the client knows is all news; a log that is new to it begins where the shard began with it.</summary>
    private long SeenOf(PartitionState partition) =>
        Cursor.OffsetOf(partition.Log.Id, partition.Number) ?? (Cursor.Knows(partition.Log.Id) ? -1 : partition.First - 1);
}

/// <summary>Messages behind <paramref name="After"/>, up to <paramref name="Through"/>, that this shard does not remember.</summary>
internal readonly record struct Missing(PartitionState Partition, long After, long Through);
