namespace Bascule.Model;

/// <summary>How much one client may send. Null: not limited.</summary>
/// <param name="MessagesPerSecond">Of one connection.</param>
/// <param name="BytesPerSecond">Of one connection.</param>
/// <param name="UserMessagesPerSecond">Of all connections of one user on this gateway.</param>
/// <param name="UserBytesPerSecond">Of all connections of one user on this gateway.</param>
/// <param name="MessageBytes">Of one message, as it is on the wire.</param>
/// <param name="Fragments">Frames of one message.</param>
/// <param name="Patience">How long a client above its rate is only read more slowly, before it is closed.</param>
public readonly record struct MessageLimits(
    int? MessagesPerSecond, long? BytesPerSecond, int? UserMessagesPerSecond, long? UserBytesPerSecond, long? MessageBytes, int? Fragments, TimeSpan Patience)
{
    public static MessageLimits None { get; } = new(null, null, null, null, null, null, TimeSpan.FromSeconds(10));

    /// <summary>Whether anything is limited at all.</summary>
    public bool Any => MessagesPerSecond is not null || BytesPerSecond is not null || UserMessagesPerSecond is not null || UserBytesPerSecond is not null
        || MessageBytes is not null || Fragments is not null;
}
