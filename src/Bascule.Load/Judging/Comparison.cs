using System.Globalization;

namespace Bascule.Load;

/// <summary>A run beside an earlier one. What counts as a regression, and why so: docs/load-report.md.</summary>
/// <param name="Differences">What was not the same in the plans, so that a change may come from there.</param>
public sealed record Comparison(IReadOnlyList<ComparedFigure> Rows, IReadOnlyList<string> Differences)
{
    /// <summary>A smaller change is none that anybody would act on.</summary>
    public const double SmallestChange = 0.10;

    /// <summary>Where the noise is not known, because there are no windows, only a change of half or more counts.</summary>
    public const double SmallestChangeUnknownNoise = 0.50;

    // Two standard deviations: one window in twenty is further off by itself.
    private const double Deviations = 2;

    public bool HasRegression => Rows.Any(row => row.IsRegression);

    public static Comparison Of(LoadResult earlier, LoadResult now)
    {
        var labels = now.Targets.Select(target => target.Label).ToList();
        var pairs = labels.Count > 1 && labels.TrueForAll(label => earlier.Targets.Any(target => target.Label == label))
            ? labels.Select(label => (Prefix: label + ":", Earlier: Labelled(earlier, label), Now: Labelled(now, label)))
            : [(Prefix: "", Earlier: Figures.AllOf(earlier), Now: Figures.AllOf(now))];
        return new Comparison([.. pairs.SelectMany(pair => Compare(pair.Prefix, (earlier, pair.Earlier), (now, pair.Now)))], [.. DifferencesOf(earlier, now)]);
    }

    private static TargetResult Labelled(LoadResult result, string label) => result.Targets.First(target => target.Label == label);

    private static IEnumerable<ComparedFigure> Compare(string prefix, (LoadResult Run, TargetResult Target) earlier, (LoadResult Run, TargetResult Target) now)
    {
        yield return Share($"{prefix}connect.fail_rate", Ended(earlier.Target), Ended(now.Target));
        yield return Latency($"{prefix}connect.p50", 50, earlier.Target.Connect, now.Target.Connect, null);
        yield return Latency($"{prefix}connect.p99", 99, earlier.Target.Connect, now.Target.Connect, null);
        yield return Share($"{prefix}lost.rate", (earlier.Target.Lost, earlier.Target.Opened), (now.Target.Lost, now.Target.Opened));
        yield return Share($"{prefix}messages.lost", (earlier.Target.LostMessages, earlier.Target.Sent), (now.Target.LostMessages, now.Target.Sent));
        yield return Rate($"{prefix}messages.rate", earlier, now);
        foreach (var percent in new[] { 50.0, 99.0 })
            yield return Latency(
                string.Create(CultureInfo.InvariantCulture, $"{prefix}rtt.p{percent}"),
                percent,
                earlier.Target.RoundTrip,
                now.Target.RoundTrip,
                Noise(OverWindows(earlier.Target, percent), OverWindows(now.Target, percent)));
    }

    private static (long Failed, long All) Ended(TargetResult target) => (target.FailedAttempts, target.Opened + target.FailedAttempts);

    private static ComparedFigure Latency(string name, double percent, LatencyHistogram earlier, LatencyHistogram now, double? noise) =>
        Judged(name, FigureUnit.Nanoseconds, earlier.Percentile(percent), now.Percentile(percent), noise, isMoreWorse: true);

    private static ComparedFigure Rate(string name, (LoadResult Run, TargetResult Target) earlier, (LoadResult Run, TargetResult Target) now) => Judged(
        name,
        FigureUnit.PerSecond,
        Figures.MessagesPerSecond(earlier.Run, earlier.Target),
        Figures.MessagesPerSecond(now.Run, now.Target),
        Noise(OverSeconds(earlier.Run), OverSeconds(now.Run)),
        isMoreWorse: false);

    /// <summary>The noise of a share is that of counting: two standard errors of the difference, if both were draws from the same urn.</summary>
    private static ComparedFigure Share(string name, (long Part, long Whole) earlier, (long Part, long Whole) now)
    {
        var before = Figures.Ratio(earlier.Part, earlier.Whole);
        var after = Figures.Ratio(now.Part, now.Whole);
        var common = Figures.Ratio(earlier.Part + now.Part, earlier.Whole + now.Whole);
        // Without a whole one of the shares is unknown, and then nothing is judged.
        var noise = Deviations * Math.Sqrt((common * (1 - common) ?? 0) * ((1.0 / earlier.Whole) + (1.0 / now.Whole)));
        return Judged(name, FigureUnit.Share, before, after, before is null || after is null ? null : noise, isMoreWorse: true);
    }

    private static ComparedFigure Judged(string name, FigureUnit unit, double? earlier, double? now, double? noise, bool isMoreWorse)
    {
        if (earlier is not { } before || now is not { } after)
            return new ComparedFigure(name, unit, earlier, now, null, noise, false, "too few samples to compare");
        var change = before == 0 ? (double?)null : (after - before) / before;
        var worse = isMoreWorse ? after - before : before - after;
        if (worse <= 0)
            return new ComparedFigure(name, unit, earlier, now, change, noise, false, null);
        // From nothing to something is more than any percentage.
        var isBig = before == 0 || worse / before > (noise is null ? SmallestChangeUnknownNoise : SmallestChange);
        var isClear = noise is not { } spread || worse > spread;
        var why = isBig && isClear ? null : !isBig ? null : $"within the noise of {Metric.Text(unit, noise ?? 0)}";
        return new ComparedFigure(name, unit, earlier, now, change, noise, isBig && isClear, why);
    }

    /// <summary>The windows of one run are more alike than two runs are: so the spread of the worse run, not the error of its mean.</summary>
    private static double? Noise(Sample earlier, Sample now) =>
        earlier.Count < Sample.Fewest || now.Count < Sample.Fewest ? null : Deviations * Math.Max(earlier.StandardDeviation, now.StandardDeviation);

    private static Sample OverWindows(TargetResult target, double percent) =>
        Sample.Of([.. target.Windows.Select(window => (double?)window.Percentile(percent)).OfType<double>()]);

    private static Sample OverSeconds(LoadResult run) => Sample.Of([.. Figures.HeldSeconds(run).Select(second => (double)second.Received)]);

    private static IEnumerable<string> DifferencesOf(LoadResult earlier, LoadResult now)
    {
        var (before, after) = (earlier.Plan, now.Plan);
        foreach (var (what, then, here) in new (string, object?, object?)[]
        {
            ("mode", before.Mode, after.Mode), ("connections", before.Connections, after.Connections), ("ramp per second", before.Ramp, after.Ramp),
            ("hold", before.Hold, after.Hold), ("messages per second and connection", before.Rate, after.Rate), ("message size", before.Size, after.Size),
            ("targets", earlier.Targets.Count, now.Targets.Count), ("processors", earlier.Environment?.Processors, now.Environment?.Processors),
        })
            if (!Equals(then, here))
                yield return string.Create(CultureInfo.InvariantCulture, $"{what}: {then ?? "none"} in the base, {here ?? "none"} now");
        if (earlier.Interrupted)
            yield return "the base was interrupted";
        if (!Validity.Of(earlier).IsValid)
            yield return "in the base the generator was the limit";
    }
}

/// <summary>One figure of two runs.</summary>
/// <param name="Base">Null with too few samples.</param>
/// <param name="Now">Null with too few samples.</param>
/// <param name="Change">Share of the base: 0.1 is ten percent more; null from zero.</param>
/// <param name="Noise">What the figure moves by itself, in its own unit; null when not known.</param>
/// <param name="Why">What a reader should know about the judgement, or null.</param>
public sealed record ComparedFigure(string Name, FigureUnit Unit, double? Base, double? Now, double? Change, double? Noise, bool IsRegression, string? Why);
