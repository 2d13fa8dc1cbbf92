using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What a connection of the hub may do and must keep to.</summary>
/// <param name="Session">Names the client through all its connections; for <c>welcome</c>.</param>
/// <param name="SpeaksBascule">The client speaks <c>bascule.v1</c>. Others get payloads alone, of <see cref="Topics"/>, and what they send is counted and dropped.</param>
public sealed record HubTerms(AttemptId Attempt, string Session, bool SpeaksBascule)
{
    /// <summary>permessage-deflate was agreed, without context takeover on either side and with the full window.</summary>
    public bool Deflate { get; init; }

    /// <summary>Subscribed at once.</summary>
    public IReadOnlyList<TopicStart> Topics { get; init; } = [];

    public HubGrants Grants { get; init; } = HubGrants.None;

    /// <summary>Who the client is, for presence; null: nobody in particular, who is counted and not named.</summary>
    public string? User { get; init; }

    /// <summary>The user whose limits it shares with his other connections; null: nobody's.</summary>
    public string? UserKey { get; init; }

    /// <summary>What it may send. Without <see cref="MessageLimits.MessageBytes"/> 64 KiB hold.</summary>
    public MessageLimits Limits { get; init; } = MessageLimits.None;

    public HeartbeatSettings Heartbeat { get; init; } = new();

    /// <summary>Idle time and age.</summary>
    public LifeSettings Life { get; init; } = new();

    /// <summary>When the token of the connection expires. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public TimeSpan CloseDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Topics and patterns that it may have subscribed at once.</summary>
    public int MostSubscriptions { get; init; } = 1000;

    /// <summary>Addresses that it is told to come back to. Empty: the one it used.</summary>
    public IReadOnlyList<string> Reconnect { get; init; } = [];

    internal MessageFormat Format => SpeaksBascule
        ? Deflate ? MessageFormat.JsonDeflate : MessageFormat.Json
        : Deflate ? MessageFormat.RawDeflate : MessageFormat.Raw;

    internal long MessageBytes => Limits.MessageBytes ?? DefaultMessageBytes;

    /// <summary>Larger than any request of ours, with room for a publish.</summary>
    private const int DefaultMessageBytes = 64 * 1024;
}
