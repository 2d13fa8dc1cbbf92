using System.Globalization;

namespace Bascule.Load;

/// <summary>A report for a pull request: the verdict, and tables that every renderer of GitHub's Markdown knows.</summary>
public static class MarkdownReport
{
    public static void Write(LoadReport report, TextWriter to)
    {
        var result = report.Result;
        to.Write($"## Load test {(report.Verdict == LoadVerdict.Good ? "passed" : "did not pass")}\n\n{Escaped(LoadHeadline.Of(report))}\n\n{Escaped(PlanText.Of(result.Plan))}.\n");
        Table(to, "Thresholds", ["", "threshold", "seen", "why"], report.Thresholds.Select(each => new[]
        {
            each.Passed ? "ok" : "**FAIL**", Code(each.Text), each.Seen, Escaped(each.Why ?? ""),
        }));
        Compared(report.Comparison, to);
        Table(to, "Latencies", ["", "count", "p50", "p90", "p99", "p99.9", "max"], result.Targets.SelectMany(target => LatencyRows(result, target)));
        Table(to, "Messages", ["target", "sent", "received", "lost", "in flight", "received per second"], WithMessages(result).Select(target => new[]
        {
            target.Label, Readable.Count(target.Sent), Readable.Count(target.Received), Readable.Count(target.LostMessages),
            Readable.Count(target.InFlightAtEnd), Readable.PerSecond(Figures.MessagesPerSecond(result, target)),
        }));
        Table(to, "Failures", ["class", "count", "guilty", "first", "last", "example", "advice"], FailureText.Of(result).Select(each => new[]
        {
            Code(each.Tally.Class), Readable.Count(each.Tally.Count), FailureText.GuiltyText(each.Tally),
            Readable.Seconds(each.Tally.First), Readable.Seconds(each.Tally.Last),
            Escaped(each.Tally.Explanation is { } explained ? $"{FailureText.Example(each.Tally)} (the gateway: {explained})" : FailureText.Example(each.Tally)),
            Escaped(FailureClasses.AdviceFor(each.Tally.Class)),
        }));
        Table(to, "Added latency", ["", "via minus direct"], report.Added is { } added
            ? new[] { added.P50, added.P99 }.Select(figure => new[] { string.Create(CultureInfo.InvariantCulture, $"p{figure.Percent}"), figure.ToString() })
            : []);
        if (result.Storm is { } storm)
            Table(to, "Storm", ["dropped", "came back", "half after", "90 % after", "all after", "peak"], [[
                Readable.Count(storm.Dropped), Readable.Count(storm.Restored),
                Back(storm.Half), Back(storm.NinetyPercent), Back(storm.All), Readable.PerSecond(storm.PeakPerSecond)]]);
        to.Write($"\nGenerator: {Escaped(TextReport.GeneratorText(result.Generator))}{string.Concat(report.Validity.Notes.Select(note => " " + Escaped(note)))}\n");
    }

    private static IEnumerable<TargetResult> WithMessages(LoadResult result) => result.Targets.Where(target => target.Sent + target.Received > 0);

    private static void Compared(Comparison? comparison, TextWriter to)
    {
        if (comparison is null)
            return;
        Table(to, "Compared with the base", ["", "base", "now", "change", "noise", ""], comparison.Rows.Select(row => new[]
        {
            row.Name, TextReport.Cell(row.Unit, row.Base), TextReport.Cell(row.Unit, row.Now),
            TextReport.Change(row), TextReport.Cell(row.Unit, row.Noise), row.IsRegression ? "**worse**" : "",
        }));
        foreach (var difference in comparison.Differences)
            to.Write($"\nNot the same: {Escaped(difference)}\n");
    }

    private static IEnumerable<string[]> LatencyRows(LoadResult result, TargetResult target)
    {
        var prefix = result.Targets.Count == 1 ? "" : target.Label + " ";
        foreach (var (name, histogram) in new[]
        {
            ("handshake", target.Connect), ("tcp", target.Tcp), ("tls", target.Tls), ("upgrade", target.Upgrade),
            ("round trip", target.RoundTrip), ("round trip, raw", target.RawRoundTrip),
        })
            if (histogram.Count > 0)
                yield return [
                    prefix + name, Readable.Count(histogram.Count),
                    .. new[] { 50, 90, 99, 99.9, 100 }.Select(percent => Readable.Nanoseconds((double?)histogram.Percentile(percent)))];
    }

    /// <summary>Nothing when there are no rows.</summary>
    private static void Table(TextWriter to, string title, IReadOnlyList<string> headings, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        to.Write($"\n### {title}\n\n| {string.Join(" | ", headings)} |\n|{string.Concat(headings.Select(_ => "---|"))}\n");
        foreach (var row in all)
            to.Write($"| {string.Join(" | ", row)} |\n");
    }

    private static string Back(TimeSpan? time) => time is { } known ? Readable.Seconds(known) : "never";

    // A threshold may hold what ends a cell, and nothing that ends a code span.
    private static string Code(string text) => $"`{Readable.Harmless(text).Replace("|", "\\|", StringComparison.Ordinal).Replace('`', '\'')}`";

    /// <summary>Text of a server must not become markup, links or mentions of people.</summary>
    private static string Escaped(string text) => string.Concat(Readable.Harmless(text).Select(c => c switch
    {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        '@' => "&#64;",
        '|' or '`' or '*' or '_' or '[' or ']' or '\\' or '~' or '#' or '!' => $"\\{c}",
        _ => c.ToString(),
    }));
}
