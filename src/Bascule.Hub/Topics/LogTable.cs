namespace Bascule.Hub;

/// <summary>The logs that feed this shard, and those that are over. Under the shard's lock.</summary>
internal sealed class LogTable
{
    /// <summary>With typical offsets a cursor of so many still fits <see cref="Cursor.MostCharacters"/>.</summary>
    internal const int MostPartitions = 400;

    private const int MostEnded = 1000;
    private readonly SortedDictionary<ulong, LogState> _logs = [];
    private readonly Dictionary<LogId, GapReason> _ended = [];
    private readonly Queue<LogId> _endedInOrder = new();
    private LogState? _last;

    /// <summary>Counts logs and partitions that came and went: who has made something of them looks whether it still holds.</summary>
    internal int Version { get; private set; } = 1;

    /// <summary>In the order of cursors.</summary>
    internal IEnumerable<LogState> All => _logs.Values;

    internal LogState? Find(LogId id)
    {
        if (_last?.Id == id)
            return _last;
        return _logs.TryGetValue(id.Value, out var found) ? _last = found : null;
    }

    /// <exception cref="ArgumentException">It has more partitions than a cursor can hold.</exception>
    internal LogState Add(SourceLog log)
    {
        if (log.From.Count > MostPartitions)
            throw new ArgumentException($"The log {log.Name} has {log.From.Count} partitions; cursors hold {MostPartitions}. Spread its messages over fewer.", nameof(log));
        var added = new LogState(log);
        foreach (var (number, first) in log.From)
            added.Add(number, first);
        _logs.Add(log.Id.Value, added);
        _ended.Remove(log.Id);
        Version++;
        return added;
    }

    internal PartitionState AddPartition(LogState log, int number, long first)
    {
        Version++;
        return log.Add(number, first);
    }

    /// <summary>Null when there was no such log.</summary>
    internal LogState? End(LogId id, GapReason why)
    {
        if (!_logs.Remove(id.Value, out var ended))
            return null;
        _last = null;
        Version++;
        if (_ended.TryAdd(id, why))
            _endedInOrder.Enqueue(id);
        while (_endedInOrder.Count > MostEnded)
            _ended.Remove(_endedInOrder.Dequeue());
        return ended;
    }

    /// <summary>Why there is no such log any more; null when there is.</summary>
    internal GapReason? WhyGone(LogId id)
    {
        if (_logs.ContainsKey(id.Value))
            return null;
        return _ended.TryGetValue(id, out var why) ? why : GapReason.EpochChanged;
    }

    internal bool HasEnded(LogId id) => _ended.ContainsKey(id);

    /// <summary>A topic that it may not feed has cursors which do not know the log: its messages would be lost for whoever returns.</summary>
    internal bool MayFeed(LogState log, string topic) => TopicPattern.Fits(log.Facts.Feeds, topic) && (!log.Facts.IsFallback || FeedingFromOutside(topic) is null);

    /// <summary>The partitions whose messages may belong to the topic or the pattern, in the order of cursors.</summary>
    internal PartitionState[] FeedsOf(string name)
    {
        var isFedFromOutside = _logs.Values.Any(l => !l.Facts.IsFallback && TopicPattern.Covers(l.Facts.Feeds, name));
        var partitions = new List<PartitionState>();
        foreach (var log in _logs.Values)
        {
            if (log.Facts.IsFallback ? !isFedFromOutside && TopicPattern.Overlap(log.Facts.Feeds, name) : TopicPattern.Overlap(log.Facts.Feeds, name))
                partitions.AddRange(log.Partitions);
        }

        return [.. partitions];
    }

    internal LogState? FeedingFromOutside(string topic) => _logs.Values.FirstOrDefault(l => !l.Facts.IsFallback && TopicPattern.Fits(l.Facts.Feeds, topic));
}
