using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>What is known of one Kafka topic of the settings. Used by <see cref="TopicWatch"/> alone.</summary>
internal sealed class WatchedTopic(KafkaTopicSettings settings)
{
    public KafkaTopicSettings Settings { get; } = settings;

    public TopicMapping Mapping { get; } = new(settings);

    public string Name => Settings.Name;

    /// <summary>What tells this life of the topic from another; null until it was found.</summary>
    public string? Identity { get; private set; }

    public LogId Log { get; private set; }

    public int Partitions { get; set; }

    /// <summary>It was not there when it was looked for first: all of it is new.</summary>
    public bool WasMissing { get; set; }

    /// <summary>The brokers say that it cannot be read; nobody waits for it.</summary>
    public volatile bool IsUnreadable;

    public void Begin(string identity)
    {
        Identity = identity;
        Log = LogId.Of(identity);
    }

    /// <summary>The log lost its end: what follows has offsets that were used before. Shards that see the loss at the same length agree on the new id.</summary>
    public void BeginAfterLoss(int partition, long length) =>
        Log = LogId.Of(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Identity}#{partition}:{length}"));
}
