namespace Bascule.Model;

/// <summary>What a client may send. What is null is not limited.</summary>
/// <param name="MessagesPerSecond">Of one connection; control frames count too.</param>
/// <param name="BytesPerSecond">Of one connection, as they are on the wire.</param>
/// <param name="UserMessagesPerSecond">Of all connections of one user on this gateway.</param>
/// <param name="UserBytesPerSecond">Of all connections of one user on this gateway.</param>
/// <param name="MessageBytes">Largest message, payload as it is on the wire.</param>
/// <param name="Fragments">Frames of one message at most.</param>
/// <param name="Patience">How long a client may be held back without a break before it is closed.</param>
public readonly record struct MessageLimits(
    int? MessagesPerSecond,
    long? BytesPerSecond,
    int? UserMessagesPerSecond,
    long? UserBytesPerSecond,
    long? MessageBytes,
    int? Fragments,
    TimeSpan Patience)
{
    /// <summary>Where the settings give none: 10 s.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);

    public static MessageLimits None { get; } = new(null, null, null, null, null, null, DefaultPatience);

    public bool Any =>
        MessagesPerSecond is not null || BytesPerSecond is not null || UserMessagesPerSecond is not null || UserBytesPerSecond is not null
        || MessageBytes is not null || Fragments is not null;
}
