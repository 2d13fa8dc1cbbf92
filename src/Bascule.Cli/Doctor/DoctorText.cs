using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>Shows a person what the doctor found: the gravest cause, the others, then each section.</summary>
internal sealed class DoctorText(Output output)
{
    // More are told by `bascule lint`, with everything about each.
    private const int MostOthers = 20;

    internal void Write(DoctorReport report)
    {
        var diagnosis = report.Diagnosis;
        if (diagnosis.Findings.Count == 0 || (diagnosis.IsGood && diagnosis.Findings.All(f => f.Verdict.Severity == Severity.Info)))
            Good(diagnosis);
        else
            Finding(diagnosis.Findings[0]);
        Others([.. diagnosis.Findings.Skip(diagnosis.IsGood ? 0 : 1)]);
        foreach (var probe in diagnosis.Probes)
            Probe(probe);
        foreach (var check in diagnosis.Checks)
            Check(check);
        if (diagnosis.Lint is { } lint)
            Lint(lint);
        if (report.Environment is { } environment)
        {
            output.Line("");
            EnvironmentText.Write(output, environment);
        }
    }

    private void Good(Diagnosis diagnosis)
    {
        var isCutShort = diagnosis.Probes.Any(p => p.WasInterrupted);
        CheckText.Word(output, isCutShort ? CheckText.Yellow : CheckText.Green, isCutShort ? "interrupted" : "good");
        IEnumerable<string> parts =
        [
            isCutShort ? "nothing wrong was found until then" : "nothing wrong was found",
            .. diagnosis.Probes.Where(p => p.Facts.IsWebSocket).Select(p => $"{p.Url} opens a WebSocket"),
            .. diagnosis.Checks.Where(c => c.Name == "cluster" && Skipped(c) > 0).Select(c => $"{Skipped(c)} of {c.Steps.Count} steps of the {c.Name} check were skipped, and are told below"),
            .. diagnosis.Lint is { } lint ? [$"{Readable.Count(lint.Files, "file")} linted"] : Array.Empty<string>(),
        ];
        output.Line($"  {string.Join("; ", parts)}");
    }

    private static int Skipped(CheckReport check) => check.Steps.Count(s => s.Result == StepResult.Skipped);

    private void Finding(DoctorFinding finding)
    {
        CheckText.Verdict(output, finding.Verdict);
        foreach (var place in finding.Places.Skip(1))
            CheckText.Part(output, "at", $"{place}: {place.Seen}");
        Diff(finding);
    }

    private void Others(IReadOnlyList<DoctorFinding> others)
    {
        if (others.Count > 0)
            output.Line("");
        foreach (var finding in others.Take(MostOthers))
        {
            var (color, word) = CheckText.Severity(finding.Verdict.Severity);
            CheckText.Word(output, color, $"{word,-8}");
            output.Line($"{CellText.Clean(finding.Verdict.Headline)}  [{finding.Verdict.RuleId}]");
            CheckText.Part(output, "fix", finding.Verdict.Fix);
        }

        if (others.Count > MostOthers)
            output.Line($"and {others.Count - MostOthers} more: bascule lint tells them all, with --json this command too");
    }

    private void Diff(DoctorFinding finding)
    {
        if (finding.Diff is { } diff)
            output.Line(string.Join('\n', diff.TrimEnd('\n').Split('\n').Select(l => $"      {l}")));
    }

    private void Probe(ProbeReport report)
    {
        Title($"probe {report.Url}", string.Create(CultureInfo.InvariantCulture, $"{report.Duration.TotalSeconds:0.0} s"));
        ProbeReportText.WriteSteps(output, report);
        if (report.Direct is not { } direct)
            return;
        Title($"probe {direct.Url}", "direct");
        ProbeReportText.WriteSteps(output, direct);
    }

    private void Check(CheckReport check)
    {
        var first = check.Steps.FirstOrDefault(s => s.Id == HostCheck.CapacityStep);
        Title(check.Name, first?.Evidence ?? "");
        CheckText.Steps(output, check.Steps.Where(s => s != first));
    }

    private void Lint(LintReport lint)
    {
        Title("lint", $"{Readable.Count(lint.Count(Severity.Error), "error")}, {Readable.Count(lint.Count(Severity.Warning), "warning")}, {Readable.Count(lint.Count(Severity.Info), "hint")} in {Readable.Count(lint.Files, "file")}");
        foreach (var hop in lint.Hops.Where(h => h.Idle is not null || h.Lifetime is not null).DistinctBy(h => (h.Name, h.Place)).Take(MostOthers))
            output.Line($"  {hop.Name}{(hop.Idle is { } idle ? $", silent at most {idle} ({idle.Place})" : "")}{(hop.Lifetime is { } age ? $", ends after {age} ({age.Place})" : "")}");
        if (lint.Intents.Count == 0)
            output.Line("  nothing here shows that WebSockets are carried, so most rules were not asked: bascule lint --assume-websockets asks them");
    }

    private void Title(string name, string said)
    {
        output.Line("");
        output.Line($"{name}{(said.Length > 0 ? $": {said}" : "")}");
    }
}
