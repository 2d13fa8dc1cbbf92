using Bascule.Settings;

namespace Bascule.Hub.Kafka;

/// <summary>Options of librdkafka: ours, those of the settings over them, and over both what the promises of this room rest on.</summary>
internal static class KafkaOptions
{
    private static readonly (string Name, string Value)[] OfAll =
    [
        ("client.id", "bascule"),
        ("socket.keepalive.enable", "true"),
        ("log.connection.close", "false"),
        ("reconnect.backoff.ms", "100"),
        ("reconnect.backoff.max.ms", "2000"), // the default of 10 s would add itself to every outage
    ];

    public static Dictionary<string, string> OfReader(KafkaSettings settings) => OfConsumer(settings, ("queued.max.messages.kbytes", "16384"));

    /// <summary>For a reader of a few messages: small answers, at once.</summary>
    public static Dictionary<string, string> OfFetcher(KafkaSettings settings) =>
        OfConsumer(settings, ("queued.max.messages.kbytes", "2048"), ("fetch.wait.max.ms", "20"), ("max.partition.fetch.bytes", "262144"));

    /// <summary>What waits for the brokers is bounded in number and bytes, and fails after 30 s.</summary>
    public static Dictionary<string, string> OfPublisher(KafkaSettings settings) => Merge(
        settings,
        [("linger.ms", "2"), ("message.timeout.ms", "30000"), ("queue.buffering.max.messages", "10000"), ("queue.buffering.max.kbytes", "16384")],
        [("enable.idempotence", "true")]);

    private static Dictionary<string, string> OfConsumer(KafkaSettings settings, params (string Name, string Value)[] defaults) => Merge(
        settings,
        [.. defaults, ("group.id", "bascule")], // the client library asks for one; nothing ever joins it or commits to it
        [
            ("enable.partition.eof", "true"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"), // we look where the log stands, and tell
            ("allow.auto.create.topics", "false"),
            ("dotnet.consumer.consume.result.fields", "timestamp,topic"),
        ]);

    private static Dictionary<string, string> Merge(KafkaSettings settings, (string Name, string Value)[] defaults, (string Name, string Value)[] forced)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in OfAll.Concat(defaults).Concat(settings.Options.Select(o => (o.Key, o.Value))).Concat(forced))
            merged[name] = value;
        merged["bootstrap.servers"] = settings.Brokers;
        return merged;
    }
}
