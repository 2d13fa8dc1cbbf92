using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What a shard remembers of all topics, within one budget of bytes and of age. Under the shard's lock.</summary>
internal sealed class History(HistorySettings settings, TimeProvider time)
{
    /// <summary>When the memory is full, a topic that holds more than this share of it loses its own oldest messages; those of the others stay.</summary>
    private const int ShareOfOneTopic = 4;

    private readonly EntryRing _all = new();
    private readonly long _ageTicks = TicksOf(settings.Age, time);

    /// <summary>Topics that were seen above their share: at most as many as there are shares, plus some that are below it again.</summary>
    private readonly HashSet<Topic> _heavy = [];

    /// <summary>Topics whose messages are forgotten sooner than others.</summary>
    private readonly HashSet<Topic> _short = [];

    internal long Bytes { get; private set; }

    internal long Messages { get; private set; }

    /// <summary>When the oldest remembered message came, as a timestamp.</summary>
    internal long? OldestAt => _all.Count > 0 ? _all.First.At : null;

    internal void Add(Entry entry)
    {
        var topic = entry.Topic!;
        topic.Entries.Add(entry);
        foreach (var pattern in topic.Patterns)
            pattern.Entries.Add(entry);
        _all.Add(entry);
        topic.Bytes += entry.Bytes;
        Bytes += entry.Bytes;
        Messages++;
        if (topic.Bytes > settings.Bytes / ShareOfOneTopic)
            _heavy.Add(topic);
        if (topic.Settings.HistoryAge < settings.Age)
            _short.Add(topic);
        while (topic.Entries.Count > topic.Settings.HistoryMessages)
            EvictFirst(topic);
        while (Bytes > settings.Bytes)
            EvictFirst(HeaviestOrOldest());
    }

    internal void EvictByAge()
    {
        var now = time.GetTimestamp();
        while (_all.Count > 0 && _all.First.At < now - _ageTicks)
            EvictFirst(_all.First.Topic!);
        foreach (var topic in _short)
        {
            var oldest = now - TicksOf(topic.Settings.HistoryAge!.Value, time);
            while (topic.Entries.Count > 0 && topic.Entries.First.At < oldest)
                EvictFirst(topic);
        }

        _short.RemoveWhere(t => t.Entries.Count == 0);
        _heavy.RemoveWhere(t => t.Bytes <= settings.Bytes / ShareOfOneTopic);
    }

    internal void EvictAll(Topic topic)
    {
        while (topic.Entries.Count > 0)
            EvictFirst(topic);
        _short.Remove(topic);
        _heavy.Remove(topic);
    }

    private static long TicksOf(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private Topic HeaviestOrOldest()
    {
        Topic? heaviest = null;
        foreach (var topic in _heavy)
        {
            if (topic.Bytes > settings.Bytes / ShareOfOneTopic && topic.Bytes > (heaviest?.Bytes ?? 0))
                heaviest = topic;
        }

        return heaviest ?? _all.First.Topic!;
    }

    private void EvictFirst(Topic topic)
    {
        var entry = topic.Entries.RemoveFirst();
        entry.Forget();
        topic.Bytes -= entry.Bytes;
        Bytes -= entry.Bytes;
        Messages--;
        topic.Evictions.Raise(entry.Partition!, entry.Offset);
        foreach (var pattern in topic.Patterns)
        {
            pattern.Evictions.Raise(entry.Partition!, entry.Offset);
            pattern.Entries.NoteForgotten();
        }

        _all.NoteForgotten();
    }
}
