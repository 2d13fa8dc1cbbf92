namespace Bascule.Diagnostics;

/// <summary>What one kind of check found: the machine, the cluster. The probe and the linter have reports of their own.</summary>
/// <param name="Name">Of what was looked at, in a word or two.</param>
public sealed record CheckReport(string Name, IReadOnlyList<ProbeStep> Steps)
{
    /// <summary>The gravest first.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; } = [.. Steps.Select(s => s.Verdict).OfType<Verdict>().OrderBy(v => v.Severity)];

    /// <summary>How many connections each thing allows, the smallest first; only things that are bounded.</summary>
    public IReadOnlyList<ConnectionLimit> Limits { get; init; } = [];

    /// <summary>False: what was to be looked at is not there, or does not answer.</summary>
    public bool IsReachable { get; init; } = true;

    /// <summary>Nothing that matters is wrong.</summary>
    public bool IsGood => Verdicts.All(v => v.Severity == Severity.Info);
}

/// <summary>One thing that bounds the number of connections.</summary>
/// <param name="StepId">The step that read it.</param>
/// <param name="Name">In words: <c>open files</c>.</param>
public sealed record ConnectionLimit(string StepId, string Name, long Connections);
