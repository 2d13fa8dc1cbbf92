namespace Bascule.Diagnostics;

/// <summary>A report for programs: what <c>--json</c> prints.</summary>
public sealed record LintDocument(
    LintEntry? Verdict, IReadOnlyList<LintEntry> Findings, int Errors, int Warnings, int Infos, int Files, int Suppressed, IReadOnlyList<LintEvidence> WebSockets)
{
    /// <summary>What a connection passes.</summary>
    public IReadOnlyList<LintHop> Path { get; init; } = [];

    /// <summary>Services without a sign of WebSockets, beside others with one.</summary>
    public IReadOnlyList<LintEvidence> Plain { get; init; } = [];

    /// <summary>Rules of which not all findings are listed; the counts have all.</summary>
    public IReadOnlyList<LintCut> Cut { get; init; } = [];

    /// <summary>In seconds; null where none was found.</summary>
    public double? Heartbeat { get; init; }

    public static LintDocument Of(LintReport report)
    {
        LintEntry[] entries = [.. report.Findings.Select(LintEntry.Of)];
        return new LintDocument(
            entries.FirstOrDefault(), entries, report.Count(Severity.Error), report.Count(Severity.Warning), report.Count(Severity.Info), report.Files, report.Suppressed,
            [.. report.Intents.Select(i => new LintEvidence(i.What, i.Place.File, i.Place.Line))])
        {
            Path = [.. report.Hops.Select(h => new LintHop(h.Name, h.Idle?.Seconds, h.Lifetime?.Seconds, h.Place.File, h.Place.Line))],
            Cut = [.. report.Cut.Select(c => new LintCut(c.Rule, LintText.Word(c.Severity), c.Left))],
            Heartbeat = report.Heartbeat?.Seconds,
            Plain = [.. report.Plain.Select(p => new LintEvidence(p.Name, p.Place.File, p.Place.Line))],
        };
    }
}

/// <summary>One finding.</summary>
public sealed record LintEntry(string Rule, string Severity, bool IsWrongFix, string Path, int Line, int Column, string Seen, string Why, string Symptom, string Fix)
{
    public string? Diff { get; init; }

    public string Source { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    internal static LintEntry Of(LintFinding f) =>
        new(f.Rule.Id, LintText.Word(f.Severity), f.Rule.IsWrongFix, f.Place.File, f.Place.Line, f.Place.Column, f.Seen, f.Rule.Why, f.Rule.Symptom, f.Fix) { Diff = f.Diff, Source = f.Rule.Source, Fingerprint = f.Fingerprint };
}

/// <summary>A rule of which so many findings are not listed.</summary>
public sealed record LintCut(string Rule, string Severity, int Left);

/// <summary>Why WebSockets are believed to be carried.</summary>
public sealed record LintEvidence(string What, string Path, int Line);

/// <summary>One hop of the path; times in seconds, null where it has no such limit or it cannot be known.</summary>
public sealed record LintHop(string Name, double? Idle, double? Lifetime, string Path, int Line);
