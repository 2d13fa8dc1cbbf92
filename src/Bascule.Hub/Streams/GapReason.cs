namespace Bascule.Hub;

/// <summary>Why messages are missing. On the wire in snake case: <c>too_old</c>.</summary>
public enum GapReason
{
    /// <summary>The log was made anew; its old positions mean nothing.</summary>
    EpochChanged,

    /// <summary>Nothing remembers messages that old.</summary>
    TooOld,

    /// <summary>More was missed than one client may have fetched.</summary>
    TooMany,

    /// <summary>The log lost its end, after brokers failed: what the client has seen is not there any more.</summary>
    Truncated,

    /// <summary>The client read too slowly.</summary>
    TooSlow,

    /// <summary>The source could not be reached, and forgets what it could not deliver.</summary>
    SourceAway,

    /// <summary>The client may not read it any more.</summary>
    Forbidden,
}

/// <summary>Where what a client had missed came from.</summary>
public enum ReplaySource
{
    /// <summary>The memory of the shard.</summary>
    Ring,

    /// <summary>The source, as Kafka.</summary>
    Source,
}
