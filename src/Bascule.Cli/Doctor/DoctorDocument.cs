using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>What <c>bascule doctor --json</c> prints. Sections that were not asked for are null, or empty lists.</summary>
internal sealed record DoctorDocument(FindingEntry? Verdict, IReadOnlyList<FindingEntry> Findings, bool Good, bool Reachable)
{
    /// <summary>The shape, for the help.</summary>
    internal const string Shape = "{ verdict: finding | null, findings: [{ section, ruleId, severity: error | warning | info, headline, seen, why, symptom, fix, source, joined, diff, places: [{ ruleId, path, line, seen }] }], good, reachable, "
        + "probes: [as bascule probe], lint: as bascule lint | null, checks: [{ name: configuration | host | cluster, steps: [{ id, result: ok | warn | fail | skipped, milliseconds, evidence, ruleId }], limits: [{ stepId, name, connections }] }], environment: below | null }; "
        + "with --environment alone: { at, variables: [{ name, value, isMasked }], folder: { path, entries: [{ path, kind, bytes }], isWhole, problem }, programs: [{ name, path, version, problem }], "
        + "missing: [name], system: { os, kernel, architecture, runtime, host, processors, memoryBytes, timeZone, user, processId, container }, limits: [{ name, soft, hard, unit }] }";

    public IReadOnlyList<ProbeReportText.ReportDocument> Probes { get; init; } = [];

    public LintDocument? Lint { get; init; }

    public IReadOnlyList<CheckEntry> Checks { get; init; } = [];

    public EnvironmentReport? Environment { get; init; }

    internal static DoctorDocument Of(DoctorReport report)
    {
        var diagnosis = report.Diagnosis;
        FindingEntry[] findings = [.. diagnosis.Findings.Select(FindingEntry.Of)];
        return new DoctorDocument(findings.FirstOrDefault(), findings, diagnosis.IsGood, diagnosis.IsReachable)
        {
            Probes = [.. diagnosis.Probes.Select(ProbeReportText.Document)],
            Lint = diagnosis.Lint is { } lint ? LintDocument.Of(lint) : null,
            Checks = [.. diagnosis.Checks.Select(CheckEntry.Of)],
            Environment = report.Environment,
        };
    }
}
