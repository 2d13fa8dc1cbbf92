using System.Diagnostics.CodeAnalysis;
using Bascule.Settings;
using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>Finds offsets by time where the broker cannot: looks at single records, halving the range each time.</summary>
internal sealed class TimeSearch(KafkaSettings settings, TimeSpan patience) : IDisposable
{
    private readonly IConsumer<byte[], byte[]> _consumer =
        new ConsumerBuilder<byte[], byte[]>(KafkaOptions.OfFetcher(settings)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    public void Dispose() => _consumer.Dispose();

    /// <summary>For each partition whose last record is as young as that, the first such record's offset.</summary>
    public Dictionary<TopicPartition, long> Find(IReadOnlyDictionary<TopicPartition, WatermarkOffsets> bounds, DateTimeOffset time)
    {
        var wanted = time.ToUnixTimeMilliseconds();
        var last = Look(bounds.ToDictionary(b => b.Key, b => b.Value.High.Value - 1));
        return last.Where(l => l.Value.UnixMilliseconds >= wanted)
            .ToDictionary(l => l.Key, l => Halve(l.Key, bounds[l.Key].Low.Value, l.Value.Offset, wanted));
    }

    /// <summary>The record at <paramref name="young"/> is young enough; what comes before <paramref name="low"/> is gone.</summary>
    private long Halve(TopicPartition partition, long low, long young, long wanted)
    {
        while (low < young)
        {
            var middle = low + ((young - low) / 2);
            if (!Look(new() { [partition] = middle }).TryGetValue(partition, out var record) || record.Offset >= young)
                young = middle; // only holes from here on
            else if (record.UnixMilliseconds >= wanted)
                young = middle;
            else
                low = record.Offset + 1;
        }

        return young;
    }

    /// <summary>The first record at or after each offset; none where the log ends before.</summary>
    [SuppressMessage("Design", "MA0045", Justification = "Runs on a thread of its own; the client library only knows blocking calls.")]
    private Dictionary<TopicPartition, (long Offset, long UnixMilliseconds)> Look(Dictionary<TopicPartition, long> places)
    {
        var found = new Dictionary<TopicPartition, (long, long)>();
        var open = places.Keys.ToHashSet();
        _consumer.Assign(places.Select(p => new TopicPartitionOffset(p.Key, p.Value)));
        while (open.Count > 0 && _consumer.Consume(patience) is { } result)
        {
            if (open.Remove(result.TopicPartition) && !result.IsPartitionEOF)
                found[result.TopicPartition] = (result.Offset.Value, result.Message.Timestamp.UnixTimestampMs);
        }

        _consumer.Unassign();
        return found;
    }
}
