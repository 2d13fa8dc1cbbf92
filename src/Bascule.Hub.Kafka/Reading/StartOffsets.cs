using Bascule.Settings;
using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>Finds the offsets where reading begins. Every call waits for brokers.</summary>
/// <exception cref="KafkaException">From every method, when brokers do not answer or refuse.</exception>
internal sealed class StartOffsets(KafkaSettings settings, TimeSpan patience)
{
    public List<PartitionStart> Find(IConsumer<byte[], byte[]> consumer, IReadOnlyList<TopicPartition> partitions, StartRule rule)
    {
        var bounds = partitions.ToDictionary(p => p, p => consumer.QueryWatermarkOffsets(p, patience));
        var found = rule.Time is { } time && rule != StartRule.Beginning ? AtTime(consumer, bounds, time) : null;
        return [.. partitions.Select(Start)];

        PartitionStart Start(TopicPartition partition)
        {
            var (low, high) = (bounds[partition].Low.Value, bounds[partition].High.Value);
            var from = found is not null ? Math.Clamp(found[partition], low, high) : rule == StartRule.Beginning ? low : high;
            return new PartitionStart(partition.Partition.Value, from, high);
        }
    }

    public (long Low, long High) Bounds(IConsumer<byte[], byte[]> consumer, TopicPartition partition)
    {
        var bounds = consumer.QueryWatermarkOffsets(partition, patience);
        return (bounds.Low.Value, bounds.High.Value);
    }

    private Dictionary<TopicPartition, long> AtTime(IConsumer<byte[], byte[]> consumer, Dictionary<TopicPartition, WatermarkOffsets> bounds, DateTimeOffset time)
    {
        var asked = bounds.Keys.Select(p => new TopicPartitionTimestamp(p, new Timestamp(time.ToUnixTimeMilliseconds(), TimestampType.CreateTime)));
        var answers = consumer.OffsetsForTimes(asked, patience).ToDictionary(a => a.TopicPartition, a => a.Offset);
        var found = answers.ToDictionary(a => a.Key, a => a.Value.Value >= 0 ? a.Value.Value : bounds[a.Key].High.Value);
        var doubtful = bounds.Where(b => answers[b.Key].Value < 0 && b.Value.Low < b.Value.High).ToDictionary(b => b.Key, b => b.Value);
        if (doubtful.Count == 0)
            return found;

        // "Nothing is as young as that" is also what brokers say that cannot look up times. The last records tell which it is.
        using var search = new TimeSearch(settings, patience);
        foreach (var (partition, offset) in search.Find(doubtful, time))
            found[partition] = offset;
        return found;
    }
}
