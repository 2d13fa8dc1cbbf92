using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>What a record of Kafka is to the hub.</summary>
internal static class KafkaRecord
{
    /// <summary>A record without a time, as very old producers write them, is as young as it is read.</summary>
    public static DateTimeOffset TimeOf(Message<byte[], byte[]> record, TimeProvider time) =>
        record.Timestamp.Type == TimestampType.NotAvailable ? time.GetUtcNow() : DateTimeOffset.FromUnixTimeMilliseconds(record.Timestamp.UnixTimestampMs);
}
