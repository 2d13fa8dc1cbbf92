namespace Bascule.Diagnostics;

/// <summary>All that a run found.</summary>
/// <param name="Server">The field <c>Server</c> of the answers, or null.</param>
/// <param name="Results">In the order of the cases; those that were not played are missing.</param>
/// <param name="Deaths">When nobody took connections any more: one sentence for each time.</param>
public sealed record ConformReport(
    Uri Target, string? Server, IReadOnlyList<CaseResult> Results, IReadOnlyList<string> Deaths, bool WasInterrupted, TimeSpan Duration)
{
    public int Count(Outcome outcome) => Results.Count(r => r.Outcome == outcome);

    /// <summary>No case failed, none was broken, and the other end lived through it.</summary>
    public bool IsGood => Deaths.Count == 0 && Results.All(r => r.Outcome is not (Outcome.Failed or Outcome.Broken));
}
