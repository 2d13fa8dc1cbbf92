namespace Bascule.Settings;

public enum HubMode
{
#pragma warning disable CA1720 // The word of WS_MODE (case C1), not the type of numbers.
    /// <summary>The hub runs in the gateway's own process.</summary>
    Single,
#pragma warning restore CA1720

    /// <summary>The hub runs in shards, one process each.</summary>
    Multi,
}

public enum SlowReaderPolicy
{
    /// <summary>It misses the oldest messages, and is told which.</summary>
    DropOldest,

    /// <summary>It gets the newest message of each key of what it missed.</summary>
    KeepLatest,

    /// <summary>Its connection ends with 4604.</summary>
    Close,
}

public sealed record HubSettings
{
    [Setting("`single`: topics are served by the gateway's own process. `multi`: by shards, one process each (case C1).", At = Applies.Restart)]
    public HubMode Mode { get; init; } = HubMode.Single;

    [Setting("Shards that this gateway starts, watches and restarts, with mode `multi`. 0: only those of hub.elsewhere.", Min = "0", Max = "64", At = Applies.Restart)]
    public int Shards { get; init; } = 3;

    [Setting("Shards on other machines, as http://HOST:PORT or https://HOST:PORT: gateways with a route that has the same path and `auth` `gateway`. Each gets hub.slotsPerShard slots, unless it says otherwise.", At = Applies.Restart)]
    public IReadOnlyList<NodeSettings> Elsewhere { get; init; } = [];

    [Setting("File with the secret that this gateway shares with its shards on other machines, at least 32 characters: signs what it says of the clients that it brings.", IsFile = true, At = Applies.Restart)]
    public string? SecretFile { get; init; }

    [Setting("Port of the first shard on 127.0.0.1, for its `/health`; the next one gets the next. Case C1 has 3002. 0: free ones.", Min = "0", Max = "65000", At = Applies.Restart)]
    public int ShardPort { get; init; }

    [Setting("Shared by gateways, so that a client which comes back with `?resume=` to another one is known there. At least 16 characters. Without it, each gateway knows its own.", Secret = true, MayNameFile = true, At = Applies.Restart)]
    public string? ResumeSecret { get; init; }

    [Setting("Addresses of this gateway that clients are told to come back to, in welcome and goodbye: ws:// or wss://. Empty: the one they used.", At = Applies.Restart)]
    public IReadOnlyList<string> Advertise { get; init; } = [];

    [Setting("Connections that one shard takes at once. 6,000 is case C1.", Min = "1", Max = "1000000", At = Applies.Restart)]
    public int SlotsPerShard { get; init; } = 6000;

    [Setting("Where attempts wait while no shard has a free slot.", At = Applies.Restart)]
    public QueueSettings Queue { get; init; } = new();

    [Setting("What is kept of messages, for clients that come back.", At = Applies.Restart)]
    public HistorySettings History { get; init; } = new();

    [Setting("Rules of topics, by name or pattern (`prices.*`); the longest pattern that fits wins.", At = Applies.Restart)]
    public IReadOnlyDictionary<string, TopicSettings> Topics { get; init; } = new Dictionary<string, TopicSettings>(StringComparer.Ordinal);

    [Setting("Topics that one connection may have subscribed at once.", Min = "1", Max = "100000", At = Applies.Restart)]
    public int SubscriptionsPerConnection { get; init; } = 1000;

    [Setting("Topics and patterns that one shard keeps at once; those that nobody reads and that have no history left go first.", Min = "10", Max = "10000000", At = Applies.Restart)]
    public int MostTopics { get; init; } = 100_000;

    [Setting("Time between two checkpoints, which keep the cursors of quiet topics fresh.", Min = "1s", Max = "10m", At = Applies.Restart)]
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Whether messages are compressed (permessage-deflate) for clients that offer it: once for all, without context takeover.", At = Applies.Restart)]
    public bool Deflate { get; init; }

    [Setting("Messages from Kafka.", At = Applies.Restart)]
    public KafkaSettings? Kafka { get; init; }

    [Setting("Messages from Redis pub/sub channels and streams.", At = Applies.Restart)]
    public RedisTopicSettings? Redis { get; init; }
}

public sealed record HistorySettings
{
    [Setting("Bytes of messages that a shard remembers, over all topics.", Min = "10000", Max = "100000000000")]
    public long Bytes { get; init; } = 64_000_000;

    [Setting("How long a message is remembered at most.", Min = "1s", Max = "1d")]
    public TimeSpan Age { get; init; } = TimeSpan.FromSeconds(120);

    [Setting("Messages that are fetched from Kafka at most for one client that comes back after longer; above it, it gets a gap.", Min = "0", Max = "1000000")]
    public int FetchMessages { get; init; } = 5000;

    [Setting("Bytes that are fetched from Kafka at most for one such client.", Min = "0", Max = "1000000000")]
    public long FetchBytes { get; init; } = 4_000_000;
}

public sealed record TopicSettings
{
    [Setting("What happens to a reader that falls too far behind: `dropOldest`, `keepLatest` (per key) or `close` (4604).")]
    public SlowReaderPolicy SlowReader { get; init; } = SlowReaderPolicy.DropOldest;

    [Setting("Bytes that a reader may be behind.", Min = "1000", Max = "1000000000")]
    public long MaxLag { get; init; } = 1_000_000;

    [Setting("Messages of the topic that are remembered at most. 0: none, so that every reader who was away gets a gap.", Min = "0", Max = "10000000")]
    public int HistoryMessages { get; init; } = 100_000;

    [Setting("How long its messages are remembered at most; not longer than history.age.", Min = "0s", Max = "1d")]
    public TimeSpan? HistoryAge { get; init; }

    [Setting("Whether who is on the topic can be asked, and is told when it changes.")]
    public bool Presence { get; init; }
}

public sealed record KafkaSettings
{
    [Setting("Brokers, `host:port`, separated by commas.", Required = true)]
    public string Brokers { get; init; } = "";

    [Setting("Kafka topics that are read; may be written as their names alone.", Required = true)]
    public IReadOnlyList<KafkaTopicSettings> Topics { get; init; } = [];

    [Setting("More settings of librdkafka, for example `security.protocol`.", Secret = true)]
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>One Kafka topic; may be written as its name alone.</summary>
public sealed record KafkaTopicSettings
{
    [Setting("Its name in Kafka.", Required = true, Shorthand = true)]
    public string Name { get; init; } = "";

    [Setting("The topic that clients see; `{topic}` is the name in Kafka, `{key}` the key of the message: `prices.{key}`.")]
    public string To { get; init; } = "{topic}";

    [Setting("Where a shard begins to read: `history` (as far back as history.age), `latest`, or a time (2026-11-20T12:00:00Z).")]
    public string Start { get; init; } = "history";

    [Setting("Whether what clients and `POST /api/topics/…` publish to the topics of `to` goes to this Kafka topic. Without it, such topics cannot be published to from here.")]
    public bool Publish { get; init; }
}

public sealed record RedisTopicSettings
{
    [Setting("Address: redis://HOST:PORT.", Required = true, Secret = true, MayNameFile = true, IsAddress = true)]
    public string Url { get; init; } = "";

    [Setting("Pub/sub channels, or patterns with `*`: each message becomes one of the topic with the channel's name. Redis forgets them at once, so that what came while it was away is a gap.")]
    public IReadOnlyList<string> Channels { get; init; } = [];

    [Setting("Streams, by key: the field `data` of each entry becomes a message of the topic with the stream's name; `key`, when there, is its key.")]
    public IReadOnlyList<string> Streams { get; init; } = [];
}
