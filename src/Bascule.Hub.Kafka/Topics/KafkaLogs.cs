using System.Collections.Concurrent;

namespace Bascule.Hub.Kafka;

/// <summary>Which log each Kafka topic is in its present life. Written by <see cref="KafkaSource"/>, read by <see cref="KafkaHistory"/> and <see cref="KafkaPublisher"/>.</summary>
public sealed class KafkaLogs
{
    private readonly ConcurrentDictionary<string, LogId> _byTopic = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<LogId, TopicMapping> _byId = new();

    /// <summary>Null while the topic has not been found yet.</summary>
    public LogId? Of(string kafkaTopic) => _byTopic.TryGetValue(kafkaTopic, out var id) ? id : null;

    internal TopicMapping? Find(LogId log) => _byId.GetValueOrDefault(log);

    internal void Set(LogId log, TopicMapping mapping)
    {
        if (_byTopic.TryGetValue(mapping.KafkaTopic, out var former) && former != log)
            _byId.TryRemove(former, out _);
        _byId[log] = mapping;
        _byTopic[mapping.KafkaTopic] = log;
    }
}
