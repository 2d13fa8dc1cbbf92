using System.Globalization;

namespace Bascule.Load;

/// <summary>A report for people: 80 columns, the verdict first, ASCII but for the sign of micro and what a server wrote.</summary>
public static class TextReport
{
    /// <param name="isColored">For a terminal: also draws the round trips as a histogram.</param>
    public static void Write(LoadReport report, TextWriter to, bool isColored = false)
    {
        var text = new TextLayout(to, isColored);
        text.Paragraph(LoadHeadline.Of(report), colour: report.Verdict == LoadVerdict.Good ? Colour.Green : Colour.Red);
        text.Empty();
        About(report.Result, text);
        Latencies.Handshakes(report.Result, text);
        Latencies.RoundTrips(report.Result, text);
        Messages(report.Result, text);
        FailureText.Write(report.Result, text);
        Storm(report.Result.Storm, text);
        Added(report.Added, text);
        Thresholds(report.Thresholds, text);
        Compared(report.Comparison, text);
        Generator(report, text);
    }

    private static void About(LoadResult result, TextLayout text)
    {
        foreach (var target in result.Plan.Targets)
            text.Paragraph(string.Join(' ', target.Urls.Select(url => Redaction.Url(url).OriginalString)), $"{target.Label,-8}");
        text.Paragraph(PlanText.Of(result.Plan), "plan    ");
        var workers = result.Workers == 1 ? "" : $", {result.Workers} workers";
        text.Paragraph($"{result.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {Readable.Seconds(result.Duration)}{workers}", "ran     ");
        if (result.Environment is { } machine)
            text.Paragraph($"{machine.System}, {machine.Kernel}, {Readable.Things(machine.Processors, "core")}; Bascule {machine.Program}", "on      ");
    }

    private static void Messages(LoadResult result, TextLayout text)
    {
        if (result.Targets.All(target => target.Sent + target.Received == 0))
            return;
        text.Title("Messages");
        text.Table(["", "sent", "received", "lost", "in flight", "received/s", "payload"], [.. result.Targets.Select(target => new TextRow([
            target.Label,
            Readable.Count(target.Sent),
            Readable.Count(target.Received),
            Readable.Count(target.LostMessages),
            Readable.Count(target.InFlightAtEnd),
            Readable.PerSecond(Figures.MessagesPerSecond(result, target)),
            Readable.Bytes(target.ReceivedBytes)]))]);
    }

    private static void Storm(StormResult? storm, TextLayout text)
    {
        if (storm is null)
            return;
        text.Title("Storm");
        text.Paragraph(
            $"{Readable.Things(storm.Dropped, "connection")} dropped at once, {Readable.Count(storm.Restored)} came back, at most {Readable.PerSecond(storm.PeakPerSecond)}.");
        text.Paragraph($"half after {Back(storm.Half)}, 90 % after {Back(storm.NinetyPercent)}, all after {Back(storm.All)}");

        static string Back(TimeSpan? time) => time is { } known ? Readable.Seconds(known) : "- (never)";
    }

    private static void Added(AddedLatency? added, TextLayout text)
    {
        if (added is null)
            return;
        text.Title("Added latency (via minus direct)");
        foreach (var figure in new[] { added.P50, added.P99 })
            text.Paragraph(figure.ToString(), string.Create(CultureInfo.InvariantCulture, $"p{figure.Percent,-6}"));
    }

    private static void Thresholds(IReadOnlyList<ThresholdOutcome> thresholds, TextLayout text)
    {
        if (thresholds.Count == 0)
            return;
        text.Title("Thresholds");
        foreach (var threshold in thresholds)
            text.Paragraph(
                $"{threshold.Text}: {threshold.Why ?? threshold.Seen}", threshold.Passed ? "ok    " : "FAIL  ", threshold.Passed ? Colour.Green : Colour.Red);
    }

    private static void Compared(Comparison? comparison, TextLayout text)
    {
        if (comparison is null)
            return;
        text.Title("Compared with the base");
        text.Table(["", "base", "now", "change", "noise", ""], [.. comparison.Rows.Select(row => new TextRow(
            [row.Name, Cell(row.Unit, row.Base), Cell(row.Unit, row.Now), Change(row), Cell(row.Unit, row.Noise), row.IsRegression ? "WORSE" : ""],
            row.IsRegression ? Colour.Red : Colour.None))], left: [5]);
        foreach (var difference in comparison.Differences)
            text.Paragraph(difference, "not the same: ", Colour.Yellow);
    }

    internal static string Cell(FigureUnit unit, double? value) => value is { } known ? Metric.Text(unit, known) : Readable.Unknown;

    internal static string Change(ComparedFigure row) => row switch
    {
        { Change: { } change } => string.Create(CultureInfo.InvariantCulture, $"{change * 100:+0.0;-0.0;0.0} %"),
        { Base: 0, Now: > 0 } => "from 0",
        { Base: 0, Now: 0 } => "0.0 %",
        _ => Readable.Unknown,
    };

    private static void Generator(LoadReport report, TextLayout text)
    {
        text.Title("Generator");
        text.Paragraph(
            GeneratorText(report.Result.Generator)
            + (report.Validity.IsValid ? " Fit to measure." : $" NOT fit to measure: {string.Join("; ", report.Validity.Reasons)}."),
            colour: report.Validity.IsValid ? Colour.None : Colour.Red);
        foreach (var note in report.Validity.Notes)
            text.Paragraph(note, "note: ", Colour.Yellow);
    }

    internal static string GeneratorText(GeneratorHealth generator)
    {
        var lag = generator.Lag.Percentile(99) is { } p99 ? $" (lag p99 {Readable.Nanoseconds(p99)})" : "";
        var late = generator.Planned == 0
            ? "nothing had a time to be late for"
            : $"{Readable.Percent(Figures.LateRate(generator))} of {Readable.Count(generator.Planned)} late{lag}";
        var processor = generator.Processor.ToString("0.00", CultureInfo.InvariantCulture);
        // Nothing at all is what a run has that was too short for the clock of the system.
        var machine = generator.MachineProcessor > 0 ? $", machine {Readable.Percent(generator.MachineProcessor)} busy" : "";
        return $"{processor} of a core{machine}; {late}; {Readable.Seconds(generator.Pauses)} in garbage collection; "
            + $"{Readable.Count(generator.Descriptors)} of {Readable.Count(generator.DescriptorLimit)} descriptors.";
    }
}
