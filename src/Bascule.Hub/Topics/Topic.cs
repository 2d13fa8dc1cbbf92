using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What a shard knows of one topic. Under the shard's lock.</summary>
internal sealed class Topic(string name, TopicSettings settings, Evictions evictions)
{
    internal string Name { get; } = name;

    internal TopicSettings Settings { get; } = settings;

    /// <summary>The messages that are remembered.</summary>
    internal EntryRing Entries { get; } = new();

    internal Evictions Evictions { get; } = evictions;

    /// <summary>Null while nobody reads the topic by its name.</summary>
    internal TopicStream? Stream { get; set; }

    /// <summary>Streams of the patterns that it fits.</summary>
    internal List<TopicStream> Patterns { get; } = new(0);

    internal long Bytes { get; set; }

    internal long MessagesIn { get; set; }

    /// <summary>When the last message came, or when it became known: timestamps.</summary>
    internal long LastAt { get; set; }

    internal bool IsRead => Stream is not null;
}
