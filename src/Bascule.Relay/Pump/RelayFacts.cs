namespace Bascule.Relay;

/// <summary>What can be said of a connection at a moment, open or ended. A struct: lists of all connections ask for it.</summary>
/// <param name="ThrottledTime">How long the client was held back for sending more than it may.</param>
/// <param name="Throttled">How many times that began; a new time begins after all that it sent was through.</param>
public readonly record struct RelayFacts(SideFacts Client, SideFacts Backend, TimeSpan Age, TimeSpan ThrottledTime, int Throttled);

/// <param name="Silence">Since its last byte.</param>
/// <param name="Received">What it sent.</param>
/// <param name="PingRoundTrip">Of the last ping of ours that it answered.</param>
/// <param name="MissedPongs">Pings of ours that it had not answered when the next one went out.</param>
/// <param name="WriteBlocked">A write to it had lasted for a second or more: it did not read.</param>
/// <param name="MidFrame">The last byte written to it was inside a frame.</param>
public readonly record struct SideFacts(
    TimeSpan Silence, DirectionCounts Received, TimeSpan? PingRoundTrip, int MissedPongs, bool WriteBlocked, bool MidFrame);
