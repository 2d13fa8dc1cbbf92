namespace Bascule.Hub;

/// <summary>One message as its source gave it.</summary>
/// <param name="Topic">The topic that clients see.</param>
/// <param name="Key">What its order holds for, and what <c>keepLatest</c> keeps one of; null: none.</param>
/// <param name="Payload">As it came; nothing changes it any more.</param>
public sealed record SourceMessage(string Topic, string? Key, ReadOnlyMemory<byte> Payload, Position Position, DateTimeOffset At);
