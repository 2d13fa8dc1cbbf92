using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>Writes what <c>bascule conform</c> found: for people a line per area and what did not pass, for programs JSON.</summary>
public static class ConformReportText
{
    public static void Write(Output output, ConformReport report, bool asJson, bool isVerbose)
    {
        if (asJson)
        {
            output.Json(new
            {
                report.Target, report.Server, Seconds = Math.Round(report.Duration.TotalSeconds, 3), Passed = report.Count(Outcome.Passed), Lenient = report.Count(Outcome.Lenient),
                Failed = report.Count(Outcome.Failed), NotApplicable = report.Count(Outcome.NotApplicable), Broken = report.Count(Outcome.Broken), report.WasInterrupted, report.Deaths,
                Cases = report.Results.Select(r => new
                {
                    r.Case.Id, Area = r.Case.Area.Name, r.Case.Title, r.Case.Source, r.Outcome, r.Seen, r.Expected, Milliseconds = Math.Round(r.Duration.TotalMilliseconds, 1),
                }),
            });
            return;
        }

        WriteCases(output, report, isVerbose);
        output.Rows(["area", "cases", "passed", "lenient", "failed", "broken", "skipped"], [.. report.Results.GroupBy(r => r.Case.Area).Select(Counts)]);
        foreach (var death in report.Deaths)
            output.Line($"the server died: {CellText.Clean(death)}");
        var server = report.Server is { } name ? $" ({CellText.Clean(name)})" : "";
        output.Line($"{report.Target}{server}: {Readable.Count(report.Results.Count, "case")}, {report.Count(Outcome.Passed)} passed, {report.Count(Outcome.Lenient)} lenient, "
            + $"{report.Count(Outcome.Failed)} failed, {report.Count(Outcome.Broken)} broken, {report.Count(Outcome.NotApplicable)} not applicable, "
            + string.Create(CultureInfo.InvariantCulture, $"in {report.Duration.TotalSeconds:0.0} s{(report.WasInterrupted ? "; interrupted" : "")}"));
    }

    private static string[] Counts(IGrouping<ConformArea, CaseResult> area) =>
    [
        area.Key.Name, Readable.Number(area.Count()),
        .. new[] { Outcome.Passed, Outcome.Lenient, Outcome.Failed, Outcome.Broken, Outcome.NotApplicable }.Select(o => Readable.Number(area.Count(r => r.Outcome == o))),
    ];

    /// <summary>What failed stands last, where it is read first.</summary>
    private static void WriteCases(Output output, ConformReport report, bool isVerbose)
    {
        if (!isVerbose)
            foreach (var alike in report.Results.Where(r => r.Outcome == Outcome.Lenient).GroupBy(r => r.Expected))
                WriteAlike(output, [.. alike]);
        foreach (var result in report.Results.Where(r => isVerbose || r.Outcome is Outcome.Failed or Outcome.Broken))
            Write(output, result);

        // What is missing is said once, not for each case.
        foreach (var reason in report.Results.Where(r => !isVerbose && r.Outcome == Outcome.NotApplicable).GroupBy(r => r.Seen))
            output.Line($"{Word(Outcome.NotApplicable)}  {Readable.Count(reason.Count(), "case")}: {CellText.Clean(reason.Key)}");
    }

    private static void Write(Output output, CaseResult result)
    {
        output.Line($"{Word(result.Outcome)}  {result.Case.Id}: {result.Case.Title} ({result.Case.Source})");
        output.Line($"    seen: {CellText.Clean(result.Seen)}");
        if (result.Expected.Length > 0)
            output.Line($"    {(result.Outcome == Outcome.Lenient ? "better" : "expected")}: {result.Expected}");
    }

    // A server that lacks one thing lacks it in forty cases: it is said once.
    private static void WriteAlike(Output output, IReadOnlyList<CaseResult> results)
    {
        if (results.Count == 1)
        {
            Write(output, results[0]);
            return;
        }

        const int named = 4;
        var names = string.Join(", ", results.Take(named).Select(r => r.Case.Id)) + (results.Count > named ? $" and {results.Count - named} more (--verbose shows all)" : "");
        output.Line($"{Word(Outcome.Lenient)}  {results.Count} cases: {names}");
        output.Line($"    seen in the first: {CellText.Clean(results[0].Seen)}");
        output.Line($"    better: {results[0].Expected}");
    }

    private static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "passed ",
        Outcome.Lenient => "lenient",
        Outcome.Failed => "FAILED ",
        Outcome.Broken => "BROKEN ",
        _ => "skipped",
    };
}
