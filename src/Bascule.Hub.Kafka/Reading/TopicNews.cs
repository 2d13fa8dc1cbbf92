using Confluent.Kafka;

namespace Bascule.Hub.Kafka;

/// <summary>What <see cref="TopicWatch"/> found for <see cref="KafkaReader"/>: a topic, its new partitions, or where to go on.</summary>
/// <param name="Starts">The partitions that are new or begin elsewhere; the others go on.</param>
/// <param name="Lost">Why what was known of the log holds no more; null: it holds.</param>
internal sealed record TopicNews(TopicMapping Mapping, LogId Log, IReadOnlyList<PartitionStart> Starts, GapReason? Lost);

/// <summary>A partition whose next offset the broker does not have.</summary>
internal sealed record LostPlace(TopicPartition Partition, LogId Log, long Next, DateTimeOffset? LastAt);
