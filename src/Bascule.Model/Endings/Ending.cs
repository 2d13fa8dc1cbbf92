namespace Bascule.Model;

/// <summary>An end reason with what was seen this time.</summary>
/// <param name="Detail">Specific, for a person: what was seen, what was expected. No secrets. Null when the row says it all.</param>
public readonly record struct Ending(EndReason Reason, string? Detail = null)
{
    public override string ToString() => Detail is null ? Reason.Label : $"{Reason.Label}: {Detail}";
}
