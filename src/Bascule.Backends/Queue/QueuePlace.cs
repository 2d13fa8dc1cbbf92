namespace Bascule.Backends;

/// <summary>An attempt that waits.</summary>
/// <param name="Id">As in its <see cref="SlotRequest"/>, like owner and priority.</param>
/// <param name="Position">1 for the one who is served next.</param>
/// <param name="Estimate">How long it has still to wait if slots go on coming back as they did lately; null when none did. May exceed the deadline.</param>
public sealed record QueuePlace(string? Id, int Position, TimeSpan Waited, string? Owner, int Priority, TimeSpan? Estimate);
