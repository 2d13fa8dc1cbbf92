namespace Bascule.Model;

/// <summary>An end reason with what was seen this time.</summary>
/// <param name="Detail">Specific, for a person: what was seen, what was expected. No secrets. Null when the row says it all.</param>
/// <param name="Facts">The limit and what came, for programs: <c>limit=100/s; seen=140/s</c>. Goes into the close frame where there is room.</param>
public readonly record struct Ending(EndReason Reason, string? Detail = null, string? Facts = null)
{
    /// <summary>When to come back, where it is known better than the reason has it.</summary>
    public int? RetryAfterSeconds { get; init; }

    public override string ToString() => Detail is null ? Reason.Label : $"{Reason.Label}: {Detail}";
}
