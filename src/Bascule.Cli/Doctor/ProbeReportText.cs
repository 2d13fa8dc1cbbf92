using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>Writes what <c>bascule probe</c> found: the verdict first, then the ladder, then what else there is; or JSON.</summary>
internal static class ProbeReportText
{
    private const string Red = "\e[1;31m";
    private const string Yellow = "\e[33m";
    private const string Green = "\e[32m";
    private const string Dim = "\e[2m";

    internal static void Write(Output output, ProbeReport report, IReadOnlyList<ProbeExpectation> expectations, IReadOnlyList<(ProbeExpectation Wanted, string? Found)> broken)
    {
        WriteFirst(output, report);
        output.Line("");
        WriteSteps(output, report);
        if (report.Direct is { } direct)
        {
            output.Line("");
            output.Line($"direct: {direct.Url}");
            WriteSteps(output, direct);
        }

        foreach (var verdict in report.Verdicts.Skip(1))
        {
            output.Line("");
            WriteVerdict(output, verdict);
        }

        if (expectations.Count > 0)
            output.Line("");
        foreach (var expectation in expectations)
        {
            var found = broken.FirstOrDefault(b => b.Wanted == expectation).Found;
            Word(output, found is null ? Green : Red, found is null ? "as expected" : "NOT AS EXPECTED");
            output.Line($"  {expectation}{(found is null ? "" : $": {found}")}");
        }
    }

    internal static void WriteJson(Output output, ProbeReport report, IReadOnlyList<(ProbeExpectation Wanted, string? Found)> broken) =>
        output.Json(Document(report) with { Expectations = [.. broken.Select(b => new ExpectationDocument(b.Wanted.ToString(), b.Found))] });

    private static ReportDocument Document(ProbeReport report) => new(
        report.Url, report.Verdicts, [.. report.Steps.Select(s => new StepDocument(s.Id, s.Result, Math.Round(s.Took.TotalMilliseconds, 1), s.Evidence, s.Verdict?.RuleId))], report.Hops, report.Facts,
        report.Direct is null ? null : Document(report.Direct), Math.Round(report.Duration.TotalSeconds, 3), report.WasInterrupted);

    private static void WriteFirst(Output output, ProbeReport report)
    {
        if (report.Verdicts.Count > 0)
        {
            WriteVerdict(output, report.Verdicts[0]);
            return;
        }

        Word(output, report.WasInterrupted ? Yellow : Green, report.WasInterrupted ? "interrupted" : "good");
        var what = report.WasInterrupted ? "nothing wrong was found until then" : "a WebSocket opens, and nothing wrong was found";
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  {report.Url}: {what} ({report.Steps.Count(s => s.Result != StepResult.Skipped)} steps, {report.Duration.TotalSeconds:0.0} s)"));
    }

    private static void WriteVerdict(Output output, Verdict verdict)
    {
        var (color, word) = verdict.Severity switch { Severity.Error => (Red, "FAULT"), Severity.Warning => (Yellow, "warning"), _ => (Dim, "note") };
        Word(output, color, word);
        output.Line($"  {CellText.Clean(verdict.Headline)}  [{verdict.RuleId}]");
        foreach (var (name, text) in new[] { ("seen", verdict.Seen), ("why", verdict.Why), ("symptom", verdict.Symptom), ("fix", verdict.Fix), ("source", verdict.Source) })
        {
            if (text.Length > 0)
                output.Line($"  {name,-8} {CellText.Clean(text)}");
        }
    }

    private static void WriteSteps(Output output, ProbeReport report)
    {
        foreach (var step in report.Steps)
        {
            var (color, word) = step.Result switch
            {
                StepResult.Ok => (Green, "ok"),
                StepResult.Warn => (Yellow, "warn"),
                StepResult.Fail => (Red, "FAIL"),
                _ => (Dim, "skipped"),
            };
            Word(output, color, $"{word,-8}");
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{step.Id,-20} {(step.Took == TimeSpan.Zero ? "" : $"{step.Took.TotalMilliseconds:0} ms"),8}  {CellText.Clean(step.Evidence)}"));
        }

        if (report.Hops.Count > 0)
            output.Line($"who answers: {string.Join(", ", report.Hops.Select(h => $"{h.Name} ({CellText.Clean(h.Sign)})"))}");
    }

    private static void Word(Output output, string color, string word) => output.Text(output.IsTerminal && output.IsColored ? $"{color}{word}\e[0m" : word);

    private sealed record StepDocument(string Id, StepResult Result, double Milliseconds, string Evidence, string? RuleId);

    private sealed record ReportDocument(
        string Url, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<StepDocument> Steps, IReadOnlyList<HopSeen> Hops, ProbeFacts Facts, ReportDocument? Direct, double Seconds, bool WasInterrupted)
    {
        /// <summary>Those that do not hold.</summary>
        public IReadOnlyList<ExpectationDocument> Expectations { get; init; } = [];
    }

    private sealed record ExpectationDocument(string Wanted, string? Found);
}
