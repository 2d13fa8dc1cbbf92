namespace Bascule.Hub;

/// <summary>A log that begins to be read.</summary>
/// <param name="Name">For people: <c>kafka prices</c>.</param>
/// <param name="Feeds">The topic, or the pattern of topics, that its messages may belong to.</param>
/// <param name="From">For each partition, the first offset that will be given: what the shard knows begins there.</param>
public sealed record SourceLog(LogId Id, string Name, string Feeds, IReadOnlyDictionary<int, long> From)
{
    /// <summary>It feeds only those topics that no other log feeds: what is published through a gateway. Cursors of the others then do not depend on it, and outlive it.</summary>
    public bool IsFallback { get; init; }
}

/// <summary>How a source is, for <c>/readyz</c> and <c>top</c>.</summary>
/// <param name="IsConnected">It can be reached.</param>
/// <param name="IsCaughtUp">It has given all that was there when it began; before, nobody is let in.</param>
/// <param name="Lag">Messages that it has yet to give; null when it cannot say.</param>
/// <param name="Since">When <paramref name="IsConnected"/> became what it is.</param>
/// <param name="Trouble">Why it is not connected, for an operator.</param>
public sealed record SourceState(string Name, bool IsConnected, bool IsCaughtUp, long? Lag, DateTimeOffset Since, string? Trouble);

/// <summary>What sources give their messages to. Any thread may call it.</summary>
public interface IMessageSink
{
    /// <summary>Before the first message of a log.</summary>
    void Begin(SourceLog log);

    /// <summary>In the order of each partition.</summary>
    void Append(ReadOnlySpan<SourceMessage> batch);

    /// <summary>All up to this offset was given, though not all of it were messages.</summary>
    void Advance(LogId log, int partition, long offset);

    /// <summary>The log is over; cursors into it lead nowhere.</summary>
    void End(LogId log, GapReason why);

    void Report(SourceState state);
}
