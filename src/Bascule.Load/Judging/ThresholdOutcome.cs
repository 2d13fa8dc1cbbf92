namespace Bascule.Load;

/// <summary>What became of a threshold.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Seen">The value in a readable unit, or <c>-</c>.</param>
/// <param name="Why">Why it did not pass; null when it did.</param>
public sealed record ThresholdOutcome(string Text, string Seen, bool Passed, string? Why);
