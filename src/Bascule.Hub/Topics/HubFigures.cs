namespace Bascule.Hub;

/// <summary>How a shard is.</summary>
/// <param name="Streams">Topics and patterns that somebody reads.</param>
/// <param name="MessagesIn">Since the start.</param>
/// <param name="Repeated">Messages that a source gave again, and that were left out.</param>
/// <param name="Refused">Messages whose topic's name is none, or not one that their log feeds.</param>
/// <param name="HistoryBytes">Of <c>hub.history.bytes</c>.</param>
/// <param name="FramedBytes">Beside the history: messages as they go over the wire, for the formats in use.</param>
/// <param name="Oldest">When the oldest remembered message came.</param>
public sealed record HubFigures(
    int Topics, int Streams, int Subscriptions, long MessagesIn, long Repeated, long Refused, long HistoryMessages, long HistoryBytes, long FramedBytes, DateTimeOffset? Oldest)
{
    /// <summary>Resumes and overruns that ended in a gap, by reason.</summary>
    public required IReadOnlyDictionary<GapReason, long> Gaps { get; init; }

    /// <summary>Resumes that brought all that was missed.</summary>
    public required long Whole { get; init; }

    /// <summary>How often a reader was further behind than its topic allows.</summary>
    public required long Overruns { get; init; }

    public required IReadOnlyList<SourceState> Sources { get; init; }
}

/// <summary>One topic, or one pattern that somebody reads.</summary>
/// <param name="Messages">Remembered now.</param>
/// <param name="Bytes">Remembered now.</param>
/// <param name="Oldest">When the oldest of them came: so far back a client can return without a fetch.</param>
/// <param name="MessagesIn">Since the topic is known.</param>
public sealed record TopicFigures(string Name, int Subscriptions, long Messages, long Bytes, DateTimeOffset? Oldest, long MessagesIn);
