using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>What a relayed connection must keep to.</summary>
/// <param name="SpeaksBascule">The client has one of our SDKs, which knows the codes 46xx; others get 1001 when the gateway goes.</param>
public sealed record RelayTerms(HeartbeatSettings Heartbeat, TimeSpan Idle, TimeSpan MaximumAge, TimeSpan CloseDeadline, bool SpeaksBascule);

/// <summary>How a relayed connection ended.</summary>
/// <param name="Code">The close code that ended it: the one that passed, or the one that we sent to the client. 0: a close frame without a code.</param>
/// <param name="CloseReason">The reason text that went with it.</param>
public sealed record RelayOutcome(Ending Ending, int Code, string CloseReason, RelayFacts Facts);

/// <summary>What can be said of a connection at a moment, open or ended.</summary>
public sealed record RelayFacts(SideFacts Client, SideFacts Backend);

/// <param name="Silence">Since its last byte.</param>
/// <param name="Received">What it sent.</param>
/// <param name="PingRoundTrip">Of the last ping of ours that it answered.</param>
/// <param name="WriteBlocked">A write to it had lasted for a second or more: it did not read.</param>
/// <param name="MidFrame">The last byte written to it was inside a frame.</param>
public sealed record SideFacts(TimeSpan Silence, DirectionCounts Received, TimeSpan? PingRoundTrip, bool WriteBlocked, bool MidFrame);
