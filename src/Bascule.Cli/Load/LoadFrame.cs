using System.Globalization;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The picture of a run that goes on: connections, rates, round trips, failures.</summary>
internal static class LoadFrame
{
    private const int LabelWidth = 13;
    private const int FewestRowsForHistogram = 20;

    private static readonly double[] Percentiles = [50, 90, 99, 99.9];

    /// <param name="course">The seconds so far, the oldest first; never empty.</param>
    internal static Frame Draw(LoadPlan plan, IReadOnlyList<LoadProgress> course, ScreenSize size)
    {
        var now = course[^1];
        var frame = new Frame(size);
        frame.AddFooter(new ScreenLine(" q", Tone.Accent).Add(" end now and write the report", Tone.Dim));
        frame.Add(new ScreenLine(" bascule load ", Tone.Reversed).Add($" {ModeName(plan.Mode)}  ", Tone.Strong).Add(string.Join("  ", plan.Targets.SelectMany(t => t.Urls.Take(1)).Select(u => u.GetLeftPart(UriPartial.Path)))));
        frame.Add(Phase(plan, now));
        frame.Add("");
        Connections(frame, plan, course, size.Columns);
        frame.Add("");
        Messages(frame, course, size.Columns);
        frame.Add("");
        Failures(frame, now, size);
        if (size.Rows >= FewestRowsForHistogram && now.RoundTrip.Count > 0)
            Histogram(frame, now.RoundTrip, size.Columns);
        return frame;
    }

    private static ScreenLine Phase(LoadPlan plan, LoadProgress now)
    {
        var elapsed = string.Create(CultureInfo.InvariantCulture, $"{now.Elapsed.TotalSeconds:0} s");
        var text = now.Phase switch
        {
            LoadPhase.Ramp => $"opening connections: {now.Attempts} attempts of {plan.Connections}",
            LoadPhase.Hold => string.Create(CultureInfo.InvariantCulture, $"holding for {plan.Hold.TotalSeconds:0.#} s"),
            LoadPhase.Storm => "all were dropped, and come back",
            _ => "closing",
        };
        return new ScreenLine($" {elapsed,-7}", Tone.Strong).Add(text);
    }

    private static void Connections(Frame frame, LoadPlan plan, IReadOnlyList<LoadProgress> course, int width)
    {
        var now = course[^1].Second;
        frame.Add(Label("connections").Add($"{now.Open}", Tone.Strong).Add($" open of {plan.Connections}, {now.InFlight} under way  ").Add(Bar.Text(100.0 * now.Open / plan.Connections, 20), Tone.Good));
        frame.Add(Label("").Add(Sparkline.Text([.. course.Select(c => (double)c.Second.Open)], Math.Min(60, width - LabelWidth - 2), plan.Connections), Tone.Accent));
        frame.Add(Label("handshakes").Add($"{now.Opened}/s", Tone.Strong).Add(" well, ").Add($"{now.Failed}/s", now.Failed > 0 ? Tone.Bad : Tone.Plain).Add(" failures"));
    }

    private static void Messages(Frame frame, IReadOnlyList<LoadProgress> course, int width)
    {
        var now = course[^1];
        frame.Add(Label("messages").Add($"{now.Second.Sent}/s", Tone.Strong).Add(" sent, ").Add($"{now.Second.Received}/s", Tone.Strong).Add(" received"));
        frame.Add(Label("").Add(Sparkline.Text([.. course.Select(c => (double)c.Second.Received)], Math.Min(60, width - LabelWidth - 2)), Tone.Accent));
        frame.Add(Times("round trip", now.RoundTrip));
        frame.Add(Times("last second", now.Second.RoundTrip));
    }

    private static void Failures(Frame frame, LoadProgress now, ScreenSize size)
    {
        var failures = ProgressSum.Failures(now.Failures);
        if (failures.Count == 0)
        {
            frame.Add(Label("failures").Add("none", Tone.Good));
            return;
        }

        var shown = failures.Take(Math.Max(3, (size.Rows - 16) / 2)).ToArray();
        frame.Add(Label("failures").Add(string.Create(CultureInfo.InvariantCulture, $"{failures.Sum(f => f.Count)}"), Tone.Bad).Add(shown.Length < failures.Count ? $", of which the {shown.Length} largest classes:" : ""));
        var table = new Columns(
            [new Column("class"), new Column("count") { IsRight = true }, new Column("guilty"), new Column("seen", 1, 20)],
            [.. shown.Select(Row)], size.Columns - 2);
        foreach (var failure in shown)
            frame.Add(new ScreenLine("  ").Add(table.Row(Row(failure))));

        static TableCell[] Row(FailureTally f) => [new TableCell(f.Class, Tone.Bad), new TableCell(f.Count.ToString(CultureInfo.InvariantCulture)), new TableCell(f.Guilty.ToString().ToLowerInvariant()), new TableCell(f.Example, Tone.Dim)];
    }

    // Each row covers a doubling of the time: from the fastest to the slowest, whatever the unit.
    private static void Histogram(Frame frame, LatencyHistogram times, int width)
    {
        var rows = times.Buckets().GroupBy(b => (int)Math.Log2(Math.Max(1, b.Value / 1000.0))).OrderBy(g => g.Key).Select(g => (UpTo: 1000L << (g.Key + 1), Count: g.Sum(b => b.Count))).ToArray();
        var most = rows.Max(r => r.Count);
        frame.Add("");
        foreach (var (upTo, count) in rows.Skip(Math.Max(0, rows.Length - frame.Room)))
            frame.Add(new ScreenLine($" {"< " + Time(upTo),11} ", Tone.Dim).Add(Bar.Text(100.0 * count / most, Math.Min(50, width - 28)), Tone.Accent).Add($" {count}"));
    }

    private static ScreenLine Times(string label, LatencyHistogram times)
    {
        var line = Label(label);
        foreach (var percent in Percentiles)
            line.Add(string.Create(CultureInfo.InvariantCulture, $"p{percent} "), Tone.Dim).Add(times.Percentile(percent) is { } at ? Time(at) : "–", Tone.Strong).Add("  ");
        return line.Add("max ", Tone.Dim).Add(times.Max is { } max ? Time(max) : "–", Tone.Strong);
    }

    private static ScreenLine Label(string text) => new($" {text,-LabelWidth}", Tone.Dim);

    internal static string ModeName(LoadMode mode) => mode == LoadMode.SlowReader ? "slow-reader" : mode.ToString().ToLowerInvariant();

    internal static string Time(long nanoseconds) => nanoseconds switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0} µs"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.0} s"),
    };
}
