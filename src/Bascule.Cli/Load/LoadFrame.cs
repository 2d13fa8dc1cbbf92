using System.Globalization;
using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The picture of a run that goes on: connections, rates, round trips, failures.</summary>
public static class LoadFrame
{
    private const int LabelWidth = 13;
    private const int FewestRowsForHistogram = 20;

    // Left of the bars the time, right of them the count.
    private const int TimeWidth = 11;
    private const int CountWidth = 14;

    private static readonly double[] Percentiles = [50, 90, 99, 99.9];

    /// <param name="course">The seconds so far, the oldest first; never empty.</param>
    public static Frame Draw(LoadPlan plan, IReadOnlyList<LoadProgress> course, ScreenSize size)
    {
        var now = course[^1];
        var frame = new Frame(size);
        frame.AddFooter(new ScreenLine(" q", Tone.Accent).Add(" end now and write the report", Tone.Dim));
        frame.Add(new ScreenLine(" bascule load ", Tone.Reversed).Add($" {ModeName(plan.Mode)}  ", Tone.Strong).Add(string.Join("  ", plan.Targets.Select(Address))));
        frame.Add(Phase(plan, now));
        frame.Add("");
        Connections(frame, plan, course);
        frame.Add("");
        Messages(frame, plan.Mode, course);
        Failures(frame, now, size);
        if (size.Rows >= FewestRowsForHistogram && now.RoundTrip.Count > 0)
            Histogram(frame, now.RoundTrip);
        return frame;
    }

    /// <summary>The seconds since the last line in one line, for logs: how it stands now; rates and round trips of all of them, since messages may come but now and then.</summary>
    /// <param name="since">The oldest first; never empty.</param>
    /// <param name="from">When they began.</param>
    public static string Line(IReadOnlyList<LoadProgress> since, TimeSpan from)
    {
        var (now, seconds) = (since[^1], (since[^1].Elapsed - from).TotalSeconds);
        var roundTrip = new LatencyHistogram();
        foreach (var progress in since)
            roundTrip.Add(progress.Second.RoundTrip);
        var times = roundTrip.Percentile(50) is { } half ? $", round trip p50 {Time(half)}" + (roundTrip.Percentile(99) is { } p99 ? $", p99 {Time(p99)}" : "") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{now.Elapsed.TotalSeconds,5:0} s  {now.Phase.ToString().ToLowerInvariant(),-7} open {now.Second.Open}, under way {now.Second.InFlight}, failures {now.Failures.Sum(f => f.Count)}, sent {PerSecond(s => s.Sent)}/s, received {PerSecond(s => s.Received)}/s{times}");

        string PerSecond(Func<LoadSecond, long> count) =>
            since.Sum(p => count(p.Second)) / Math.Max(seconds, 1e-3) is var rate && rate < 10 ? rate.ToString("0.#", CultureInfo.InvariantCulture) : rate.ToString("0", CultureInfo.InvariantCulture);
    }

    // What stands behind a question mark may be a token.
    private static string Address(LoadTarget target)
    {
        var first = target.Urls[0].GetLeftPart(UriPartial.Path);
        return target.Urls.Count == 1 ? first : $"{first} and {target.Urls.Count - 1} more";
    }

    private static ScreenLine Phase(LoadPlan plan, LoadProgress now)
    {
        var elapsed = string.Create(CultureInfo.InvariantCulture, $"{now.Elapsed.TotalSeconds:0} s");
        var text = now.Phase switch
        {
            LoadPhase.Ramp => $"opening connections: {Number(now.Attempts)} attempts for {Number(plan.Connections)} connections",
            LoadPhase.Hold => string.Create(CultureInfo.InvariantCulture, $"holding for {plan.Hold.TotalSeconds:0.#} s"),
            LoadPhase.Storm => "all were dropped, and come back",
            _ => "closing",
        };
        return new ScreenLine($" {elapsed,-7}", Tone.Strong).Add(text);
    }

    private static void Connections(Frame frame, LoadPlan plan, IReadOnlyList<LoadProgress> course)
    {
        var now = course[^1].Second;
        frame.Add(Label("connections").Add(Number(now.Open), Tone.Strong).Add($" open of {Number(plan.Connections)}, {Number(now.InFlight)} under way  ").Add(Bar.Text(100.0 * now.Open / plan.Connections, 20), Tone.Good));
        frame.Add(Course(course, s => s.Open, frame, plan.Connections));
        frame.Add(Label("handshakes").Add($"{Number(now.Opened)}/s", Tone.Strong));
        if (plan.Mode is LoadMode.Churn or LoadMode.Storm)
            frame.Add(Course(course, s => s.Opened, frame));
    }

    // Only an echo sends; the modes that neither send nor wait for messages have nothing to show.
    private static void Messages(Frame frame, LoadMode mode, IReadOnlyList<LoadProgress> course)
    {
        if (mode is not (LoadMode.Echo or LoadMode.Receive or LoadMode.SlowReader))
            return;
        var now = course[^1];
        var rates = Label("messages");
        if (mode == LoadMode.Echo)
            rates.Add($"{Number(now.Second.Sent)}/s", Tone.Strong).Add(" sent, ");
        frame.Add(rates.Add($"{Number(now.Second.Received)}/s", Tone.Strong).Add(" received"));
        frame.Add(Course(course, s => s.Received, frame));
        if (mode == LoadMode.Echo)
        {
            frame.Add(Times("round trip", now.RoundTrip));
            frame.Add(Times("last second", now.Second.RoundTrip));
        }

        frame.Add("");
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
        frame.Add(Label("failures").Add(Number(failures.Sum(f => f.Count)), Tone.Bad).Add($", {Number(now.Second.Failed)}/s").Add(shown.Length < failures.Count ? $"; the {shown.Length} largest of {failures.Count} classes:" : ""));
        var table = new Columns(
            [new Column("CLASS"), new Column("COUNT") { IsRight = true }, new Column("GUILTY"), new Column("FIRST SEEN", 1, 20)],
            [.. shown.Select(Row)], size.Columns - 2);
        frame.Add(new ScreenLine("  ").Add(table.Heading()));
        foreach (var failure in shown)
            frame.Add(new ScreenLine("  ").Add(table.Row(Row(failure))));

        static TableCell[] Row(FailureTally f) => [new TableCell(f.Class, Tone.Bad), new TableCell(Number(f.Count)), new TableCell(f.Guilty.ToString().ToLowerInvariant()), new TableCell(f.Example, Tone.Dim)];
    }

    // Each row covers a doubling of the time: from the fastest to the slowest, whatever the unit. Where rows are few, the first has all that was faster.
    private static void Histogram(Frame frame, LatencyHistogram times)
    {
        var rows = times.Buckets().GroupBy(b => (int)Math.Log2(Math.Max(1, b.Value / 1000.0))).OrderBy(g => g.Key).Select(g => (UpTo: 1000L << (g.Key + 1), Count: g.Sum(b => b.Count))).ToList();
        var room = frame.Room - 1;
        if (room < 1)
            return;
        if (rows.Count > room)
        {
            var fast = rows[..^(room - 1)];
            rows = [(fast[^1].UpTo, fast.Sum(r => r.Count)), .. rows[^(room - 1)..]];
        }

        var most = rows.Max(r => r.Count);
        frame.Add("");
        foreach (var (upTo, count) in rows)
            frame.Add(new ScreenLine($" {"< " + Time(upTo),TimeWidth} ", Tone.Dim).Add(Bar.Text(100.0 * count / most, frame.Size.Columns - TimeWidth - CountWidth), Tone.Accent).Add($" {Number(count)}"));
    }

    /// <summary>A second for each cell, from the left until the row is full; then the latest.</summary>
    private static ScreenLine Course(IReadOnlyList<LoadProgress> course, Func<LoadSecond, double> value, Frame frame, double? full = null) =>
        Label("").Add(Sparkline.Text([.. course.Select(c => value(c.Second))], Math.Min(course.Count, frame.Size.Columns - LabelWidth - 2), full), Tone.Accent);

    private static ScreenLine Times(string label, LatencyHistogram times)
    {
        var line = Label(label);
        foreach (var percent in Percentiles)
            line.Add(string.Create(CultureInfo.InvariantCulture, $"p{percent} "), Tone.Dim).Add(times.Percentile(percent) is { } at ? Time(at) : "–", Tone.Strong).Add("  ");
        return line.Add("max ", Tone.Dim).Add(times.Max is { } max ? Time(max) : "–", Tone.Strong);
    }

    private static ScreenLine Label(string text) => new($" {text,-LabelWidth}", Tone.Dim);

    public static string ModeName(LoadMode mode) => mode == LoadMode.SlowReader ? "slow-reader" : mode.ToString().ToLowerInvariant();

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(long nanoseconds) => nanoseconds switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0} µs"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.00} ms"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.0} s"),
    };
}
