using System.Globalization;

namespace Bascule.Load;

/// <summary>The names that thresholds know, and what they mean.</summary>
internal static class Metrics
{
    private static readonly Dictionary<string, Func<TargetResult, LatencyHistogram>> Latencies = new(StringComparer.Ordinal)
    {
        ["connect"] = target => target.Connect,
        ["tcp"] = target => target.Tcp,
        ["tls"] = target => target.Tls,
        ["upgrade"] = target => target.Upgrade,
        ["rtt"] = target => target.RoundTrip,
        ["rtt_raw"] = target => target.RawRoundTrip,
    };

    private static readonly Dictionary<string, Metric> Fixed = All().ToDictionary(metric => metric.Name, StringComparer.Ordinal);

    /// <summary>For a person who mistyped one.</summary>
    internal static string Known { get; } =
        $"{string.Join(", ", Fixed.Keys.Order(StringComparer.Ordinal))}, failures.CLASS (failures.http.503, failures.close), "
        + $"and p50, p90, p99, p99.9, min, mean, max of {string.Join(", ", Latencies.Keys)} (rtt.p99)";

    /// <summary>Null when there is none of that name.</summary>
    internal static Metric? Find(string name)
    {
        if (Fixed.TryGetValue(name, out var metric))
            return metric;
        if (name.Split('.', 2) is not [var group, var rest])
            return null;
        if (group == "failures")
            return FailureClasses.IsKnown(rest) ? new Metric(name, FigureUnit.Count, (_, target) => new(FailuresOf(target, rest))) : null;
        return Latencies.TryGetValue(group, out var latency) ? OfLatency(name, latency, rest) : null;
    }

    private static IEnumerable<Metric> All() =>
    [
        new("connect.attempts", FigureUnit.Count, (_, target) => new(target.Attempts)),
        new("connect.count", FigureUnit.Count, (_, target) => new(target.Opened)),
        new("connect.failed", FigureUnit.Count, (_, target) => new(target.FailedAttempts)),
        new("connect.fail_rate", FigureUnit.Share, (_, target) => Or(Figures.FailRate(target), "no attempt came to an end")),
        new("connect.rate", FigureUnit.PerSecond, (result, target) => Or(Figures.ConnectsPerSecond(result, target), "the run had no duration")),
        new("messages.sent", FigureUnit.Count, (_, target) => new(target.Sent)),
        new("messages.received", FigureUnit.Count, (_, target) => new(target.Received)),
        new("messages.lost", FigureUnit.Count, (_, target) => new(target.LostMessages)),
        new("messages.rate", FigureUnit.PerSecond, (result, target) => Or(Figures.MessagesPerSecond(result, target), "the run had no duration")),
        new("lost.count", FigureUnit.Count, (_, target) => new(target.Lost)),
        new("lost.rate", FigureUnit.Share, (_, target) => Or(Figures.LostRate(target), "no connection was opened")),
        new("open.end", FigureUnit.Count, (_, target) => new(target.OpenAtEnd)),
        new("open.max", FigureUnit.Count, (_, target) => new(target.MostOpen)),
        new("failures", FigureUnit.Count, (_, target) => new(Figures.Failures(target))),
        new("late.rate", FigureUnit.Share, (result, _) => new(Figures.LateRate(result.Generator)), IsOfWholeRun: true),
        OfStorm("storm.half", "half of the connections", storm => storm.Half),
        OfStorm("storm.ninety", "90 % of the connections", storm => storm.NinetyPercent),
        OfStorm("storm.all", "all connections", storm => storm.All),
        OfAdded("added.p50", added => added.P50),
        OfAdded("added.p99", added => added.P99),
    ];

    private static Metric? OfLatency(string name, Func<TargetResult, LatencyHistogram> latency, string which)
    {
        if (which is "min" or "mean" or "max")
            return new Metric(name, FigureUnit.Nanoseconds, (_, target) => Or(Extreme(latency(target), which), "no samples"), Lacks: Lacks);
        return which.StartsWith('p')
            && double.TryParse(which.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and < 100
            ? new Metric(name, FigureUnit.Nanoseconds, (_, target) => Percentile(latency(target), percent), Lacks: Lacks)
            : null;

        string? Lacks(LoadPlan plan) => name.Split('.')[0] switch
        {
            "rtt" or "rtt_raw" when plan.Mode != LoadMode.Echo => "only the mode echo measures round trips",
            "tls" when plan.Targets.All(target => target.Urls.All(url => url.Scheme == "ws")) => "a URL with ws:// has no TLS",
            _ => null,
        };
    }

    private static double? Extreme(LatencyHistogram histogram, string which) => which switch
    {
        "min" => histogram.Min,
        "max" => histogram.Max,
        _ => histogram.Mean(),
    };

    internal static Measured Percentile(LatencyHistogram histogram, double percent) => histogram.Percentile(percent) is { } value
        ? new(value)
        : Measured.Missing(string.Create(
            CultureInfo.InvariantCulture, $"only {Readable.Count(histogram.Count)} samples; p{percent} needs {Readable.Count(LatencyHistogram.SamplesFor(percent))}"));

    /// <summary>Of the class, or of all classes that start with it: <c>http</c> is <c>http.401</c> and <c>http.503</c>.</summary>
    private static long FailuresOf(TargetResult target, string group) => target.Failures
        .Where(tally => tally.Class == group || tally.Class.StartsWith(group + ".", StringComparison.Ordinal))
        .Sum(tally => tally.Count);

    private static Metric OfStorm(string name, string what, Func<StormResult, TimeSpan?> time) => new(
        name,
        FigureUnit.Nanoseconds,
        (result, _) => result.Storm is not { } storm
            ? Measured.Missing("the run had no storm; see --mode storm")
            : Or(time(storm)?.TotalNanoseconds, $"{what} never came back ({Readable.Count(storm.Restored)} of {Readable.Count(storm.Dropped)} did)"),
        IsOfWholeRun: true,
        plan => plan.Mode == LoadMode.Storm ? null : "the run has no storm; see --mode storm");

    private static Metric OfAdded(string name, Func<AddedLatency, AddedFigure> figure) => new(
        name,
        FigureUnit.Nanoseconds,
        (result, _) => AddedLatency.Of(result) is not { } added
            ? Measured.Missing("only one target was measured; see --via and --direct")
            : Or(figure(added).MeanNs, figure(added).Why ?? "too few samples"),
        IsOfWholeRun: true,
        plan => plan.Targets.Count > 1 ? null : "only one target is measured; see --via and --direct");

    private static Measured Or(double? value, string why) => new(value, value is null ? why : null);
}
