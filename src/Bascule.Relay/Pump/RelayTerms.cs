using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>What a relayed connection must keep to.</summary>
/// <param name="SpeaksBascule">The client has one of our SDKs, which knows the codes 46xx, notices and goodbyes; others get 1001 when they are to leave.</param>
public sealed record RelayTerms(HeartbeatSettings Heartbeat, TimeSpan Idle, TimeSpan MaximumAge, TimeSpan CloseDeadline, bool SpeaksBascule)
{
    /// <summary>What the client may send on this connection.</summary>
    public MessageLimits Limits { get; init; } = MessageLimits.None;

    /// <summary>What the client may send together with the other connections of its user, from <see cref="UserAllowances"/>; whoever entered it disposes it.</summary>
    public UserAllowance? User { get; init; }

    /// <summary>Told of each message when its last frame has arrived, on the thread that moves it: it must not wait. Null: nobody wants to know.</summary>
    public Action<MessageSeen>? OnMessage { get; init; }

    /// <summary>When the token of the connection expires. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
