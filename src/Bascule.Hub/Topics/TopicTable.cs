namespace Bascule.Hub;

/// <summary>The topics that a shard knows, and the streams that are read. Under its lock.</summary>
internal sealed class TopicTable(Shard shard)
{
    /// <summary>When there is no room, a sixteenth of the topics goes at once, so that the look for them is paid by many.</summary>
    private const int ShareThatGoes = 16;

    private readonly Dictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicStream> _patterns = new(StringComparer.Ordinal);
    private readonly TopicRules _rules = new(shard.Settings.Topics);
    private Dictionary<PartitionState, long>? _floor;
    private bool _isFull;

    internal int Count => _topics.Count + _patterns.Count;

    internal IEnumerable<Topic> All => _topics.Values;

    internal IEnumerable<TopicStream> Patterns => _patterns.Values;

    /// <summary>Those that somebody reads, or read a moment ago.</summary>
    internal List<TopicStream> Streams { get; } = [];

    internal Topic? Find(string name) => _topics.GetValueOrDefault(name);

    /// <summary>The topic of a message. When there is no room for one more it is not kept, and is to be forgotten right after the message.</summary>
    internal Topic ForMessage(string name, out bool isKept)
    {
        isKept = true;
        if (_topics.TryGetValue(name, out var topic))
            return topic;
        isKept = HasRoom();
        topic = Make(name);
        if (isKept)
            _topics.Add(name, topic);
        return topic;
    }

    /// <summary>The stream of a topic or a pattern; null when there is no room for one more.</summary>
    internal TopicStream? ForReader(string name)
    {
        if (TopicPattern.IsPattern(name))
            return _patterns.TryGetValue(name, out var known) ? known : HasRoom() ? AddPattern(name) : null;
        if (!_topics.TryGetValue(name, out var topic))
        {
            if (!HasRoom())
                return null;
            _topics.Add(name, topic = Make(name));
        }

        return topic.Stream ??= Listed(new TopicStream(shard, topic));
    }

    /// <summary>Nobody reads it any more.</summary>
    internal void Release(TopicStream stream)
    {
        var last = Streams[^1];
        Streams[stream.Slot] = last;
        last.Slot = stream.Slot;
        Streams.RemoveAt(Streams.Count - 1);
        _isFull = false;
        if (!TopicPattern.IsPattern(stream.Name))
        {
            _topics[stream.Name].Stream = null;
            return;
        }

        _patterns.Remove(stream.Name);
        foreach (var topic in _topics.Values)
            topic.Patterns.Remove(stream);
    }

    /// <summary>Its messages are forgotten; who asks for older ones of a topic that is not known learns that they may be missing.</summary>
    internal void Forget(Topic topic)
    {
        shard.History.EvictAll(topic);
        foreach (var (partition, offset) in topic.Evictions.All)
            partition.Forget(offset);
        _floor = null;
        _topics.Remove(topic.Name);
    }

    private Topic Make(string name)
    {
        var topic = new Topic(name, _rules.For(name), new Evictions(Floor())) { LastAt = shard.Time.GetTimestamp() };
        foreach (var pattern in _patterns.Values)
        {
            if (TopicPattern.Fits(pattern.Name, name))
                topic.Patterns.Add(pattern);
        }

        return topic;
    }

    private TopicStream AddPattern(string name)
    {
        var evictions = new Evictions(Floor());
        var entries = new List<Entry>();
        var topics = _topics.Values.Where(t => TopicPattern.Fits(name, t.Name)).ToList();
        foreach (var topic in topics)
        {
            foreach (var (partition, offset) in topic.Evictions.All)
                evictions.Raise(partition, offset);
            for (var index = 0; index < topic.Entries.Count; index++)
                entries.Add(topic.Entries[index]);
        }

        var ring = new EntryRing();
        foreach (var entry in entries.OrderBy(e => e.Sequence))
            ring.Add(entry);
        var stream = Listed(new TopicStream(shard, name, _rules.For(name), ring, evictions));
        foreach (var topic in topics)
            topic.Patterns.Add(stream);
        _patterns.Add(name, stream);
        return stream;
    }

    private TopicStream Listed(TopicStream stream)
    {
        stream.Slot = Streams.Count;
        Streams.Add(stream);
        return stream;
    }

    private bool HasRoom()
    {
        var most = shard.Settings.MostTopics;
        if (Count < most)
            return true;
        if (_isFull)
            return false;
        var unread = _topics.Values.Where(t => !t.IsRead).OrderBy(t => t.Entries.Count > 0).ThenBy(t => t.LastAt).Take(Math.Max(1, most / ShareThatGoes)).ToList();
        foreach (var topic in unread)
            Forget(topic);
        _isFull = unread.Count == 0;
        return !_isFull;
    }

    /// <summary>Shared by all topics that become known between two that are forgotten.</summary>
    private Dictionary<PartitionState, long> Floor() =>
        _floor ??= shard.Logs.All.SelectMany(l => l.Partitions.ToArray()).Where(p => p.Forgotten >= 0).ToDictionary(p => p, p => p.Forgotten);
}
