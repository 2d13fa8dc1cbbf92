using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>Writes what <c>bascule probe</c> found: the verdict first, then the ladder, then what else there is; or JSON.</summary>
internal static class ProbeReportText
{
    internal static void Write(Output output, ProbeReport report, IReadOnlyList<ProbeExpectation> expectations, IReadOnlyList<(ProbeExpectation Wanted, string? Found)> broken)
    {
        WriteFirst(output, report);
        output.Line("");
        WriteSteps(output, report);
        foreach (var verdict in report.Verdicts.Skip(1))
        {
            output.Line("");
            CheckText.Verdict(output, verdict);
        }

        if (report.Direct is { } direct)
        {
            output.Line("");
            output.Line($"direct: {direct.Url}");
            WriteSteps(output, direct);
        }

        if (expectations.Count > 0)
            output.Line("");
        foreach (var expectation in expectations)
        {
            var found = broken.FirstOrDefault(b => b.Wanted == expectation).Found;
            CheckText.Word(output, found is null ? CheckText.Green : CheckText.Red, found is null ? "as expected" : "NOT AS EXPECTED");
            output.Line($"  {expectation}{(found is null ? "" : $": {found}")}");
        }
    }

    internal static void WriteJson(Output output, ProbeReport report, IReadOnlyList<(ProbeExpectation Wanted, string? Found)> broken) =>
        output.Json(Document(report) with { Expectations = [.. broken.Select(b => new ExpectationDocument(b.Wanted.ToString(), b.Found))] });

    internal static ReportDocument Document(ProbeReport report) => new(
        report.Url, report.Verdicts, StepEntry.Of(report.Steps), report.Hops, report.Facts,
        report.Direct is null ? null : Document(report.Direct), Math.Round(report.Duration.TotalSeconds, 3), report.WasInterrupted);

    internal static void WriteSteps(Output output, ProbeReport report)
    {
        CheckText.Steps(output, report.Steps);
        if (report.Hops.Count > 0)
            output.Line($"who answers: {string.Join(", ", report.Hops.Select(h => $"{h.Name} ({CellText.Clean(h.Sign)})"))}");
    }

    private static void WriteFirst(Output output, ProbeReport report)
    {
        if (report.Verdicts.Count > 0)
        {
            CheckText.Verdict(output, report.Verdicts[0]);
            return;
        }

        CheckText.Word(output, report.WasInterrupted ? CheckText.Yellow : CheckText.Green, report.WasInterrupted ? "interrupted" : "good");
        var odd = report.Steps.Where(s => s.Result is StepResult.Warn or StepResult.Fail).Select(s => s.Id).Distinct(StringComparer.Ordinal).ToList();
        var what = report.WasInterrupted ? "nothing wrong was found until then" : odd.Count == 0 ? "a WebSocket opens, and nothing wrong was found" : $"a WebSocket opens; worth a look: {string.Join(", ", odd)}";
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  {report.Url}: {what} ({report.Steps.Count(s => s.Result != StepResult.Skipped)} steps, {report.Duration.TotalSeconds:0.0} s)"));
    }

    internal sealed record ReportDocument(
        string Url, IReadOnlyList<Verdict> Verdicts, IReadOnlyList<StepEntry> Steps, IReadOnlyList<HopSeen> Hops, ProbeFacts Facts, ReportDocument? Direct, double Seconds, bool WasInterrupted)
    {
        /// <summary>Those that do not hold.</summary>
        public IReadOnlyList<ExpectationDocument> Expectations { get; init; } = [];
    }

    internal sealed record ExpectationDocument(string Wanted, string? Found);
}
