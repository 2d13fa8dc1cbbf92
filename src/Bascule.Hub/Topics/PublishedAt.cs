namespace Bascule.Hub;

/// <summary>Where a message that was published through this shard stands.</summary>
/// <param name="Cursor">Of its topic, right behind it.</param>
/// <param name="IsRepeat">Its idempotency key was used before: this is where the first one stands, and nothing was published now.</param>
public sealed record PublishedAt(Position Position, string Cursor, bool IsRepeat);
