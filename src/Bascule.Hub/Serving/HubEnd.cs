using Bascule.Model;

namespace Bascule.Hub;

/// <summary>How a connection of the hub ended.</summary>
/// <param name="CloseCode">Of the close frame that came first. 0: it had none.</param>
/// <param name="CloseReason">The text that went with it.</param>
/// <param name="Facts">As they were when the ending was known; the counts as they were at last.</param>
public sealed record HubEnd(Ending Ending, int CloseCode, string CloseReason, HubFacts Facts);

/// <summary>What can be said of a connection at a moment, open or ended.</summary>
/// <param name="Silence">Since the last byte of the client.</param>
/// <param name="PingRoundTrip">Of the last ping of ours that it answered.</param>
/// <param name="MissedPongs">Pings of ours that it had not answered when the next one went out.</param>
/// <param name="WriteBlocked">A write had lasted for a second or more: the client did not read.</param>
/// <param name="HeldBack">It is not read at the moment: it sends more than it may, or takes no answers to what it sent.</param>
/// <param name="LagBytes">Not yet sent of what its subscriptions have.</param>
/// <param name="Dropped">Messages that it did not get because it read too slowly.</param>
public readonly record struct HubFacts(
    HubCounts Counts, TimeSpan Age, TimeSpan Silence, TimeSpan? PingRoundTrip, int MissedPongs, bool WriteBlocked, bool HeldBack,
    int Subscriptions, long LagBytes, long LagMessages, long Dropped);

/// <summary>What a connection carried: messages are text and binary ones, bytes are as they were on the wire.</summary>
public record struct HubCounts(long MessagesIn, long BytesIn, long MessagesOut, long BytesOut)
{
    public static HubCounts operator -(HubCounts a, HubCounts b) =>
        new(a.MessagesIn - b.MessagesIn, a.BytesIn - b.BytesIn, a.MessagesOut - b.MessagesOut, a.BytesOut - b.BytesOut);

    public static HubCounts operator +(HubCounts a, HubCounts b) =>
        new(a.MessagesIn + b.MessagesIn, a.BytesIn + b.BytesIn, a.MessagesOut + b.MessagesOut, a.BytesOut + b.BytesOut);
}
