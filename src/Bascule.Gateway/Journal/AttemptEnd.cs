using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>How an attempt ended; made whole and published at once, so that a reader sees all of it or nothing.</summary>
/// <param name="After">Time from the start of the attempt.</param>
/// <param name="CloseCode">The code that the client got; 0 when it got no close frame.</param>
public sealed record AttemptEnd(Ending Ending, DateTimeOffset At, TimeSpan After, int CloseCode, string? CloseReason, LiveCounts Counts);

/// <summary>What passed over a connection.</summary>
/// <param name="LastFrameFromClient">Null when there was none; so for the back end.</param>
/// <param name="ClientPingRoundTrip">Of the last ping answered; null when none was.</param>
public readonly record struct LiveCounts(
    long MessagesToBackend,
    long MessagesToClient,
    long BytesToBackend,
    long BytesToClient,
    DateTimeOffset? LastFrameFromClient = null,
    DateTimeOffset? LastFrameFromBackend = null,
    TimeSpan? ClientPingRoundTrip = null,
    TimeSpan? BackendPingRoundTrip = null);

/// <summary>Who may read a note.</summary>
public enum NoteReader
{
    /// <summary>Whoever knows the attempt id. Addresses in the value are hidden from the public all the same.</summary>
    Everyone,

    /// <summary>Callers of the admin API only.</summary>
    Operators,
}

/// <summary>One piece of evidence.</summary>
public readonly record struct AttemptNote(string Name, string Value, NoteReader Reader);
