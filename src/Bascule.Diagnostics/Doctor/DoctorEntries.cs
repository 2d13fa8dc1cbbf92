namespace Bascule.Diagnostics;

/// <summary>One finding, for programs.</summary>
/// <param name="Joined">What was seen on the wire and what stands in a file are the same fault.</param>
public sealed record FindingEntry(string Section, string RuleId, Severity Severity, string Headline, string Seen, bool Joined)
{
    public string Why { get; init; } = "";

    /// <summary>What a client observes.</summary>
    public string Symptom { get; init; } = "";

    public string Fix { get; init; } = "";

    public string Source { get; init; } = "";

    /// <summary>How the file would be changed; null where no line says it.</summary>
    public string? Diff { get; init; }

    /// <summary>The lines that cause it.</summary>
    public IReadOnlyList<CausePlace> Places { get; init; } = [];

    public static FindingEntry Of(DoctorFinding finding)
    {
        var v = finding.Verdict;
        return new FindingEntry(finding.Section, v.RuleId, v.Severity, v.Headline, v.Seen, finding.IsJoined) { Why = v.Why, Symptom = v.Symptom, Fix = v.Fix, Source = v.Source, Diff = finding.Diff, Places = finding.Places };
    }
}

/// <summary>A step, for programs.</summary>
/// <param name="RuleId">Of what follows from it; null when nothing does.</param>
public sealed record StepEntry(string Id, StepResult Result, double Milliseconds, string Evidence, string? RuleId)
{
    public static IReadOnlyList<StepEntry> Of(IEnumerable<ProbeStep> steps) => [.. steps.Select(s => new StepEntry(s.Id, s.Result, Math.Round(s.Took.TotalMilliseconds, 1), s.Evidence, s.Verdict?.RuleId))];
}

/// <summary>One check, for programs.</summary>
public sealed record CheckEntry(string Name, IReadOnlyList<StepEntry> Steps, IReadOnlyList<ConnectionLimit> Limits)
{
    public static CheckEntry Of(CheckReport report) => new(report.Name, StepEntry.Of(report.Steps), report.Limits);
}
