namespace Bascule.Load.Tests;

/// <summary>Results as a run would give them.</summary>
internal static class Runs
{
    internal const long Microsecond = 1_000;
    internal const long Millisecond = 1_000_000;

    internal static readonly DateTimeOffset Start = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    // Nobody records into these.
    private static readonly LatencyHistogram Connect = Histogram((90, 600 * Microsecond), (10, 2 * Millisecond));
    private static readonly LatencyHistogram Tcp = Histogram((100, 80 * Microsecond));
    private static readonly LatencyHistogram Upgrade = Histogram((100, 500 * Microsecond));
    private static readonly LatencyHistogram RoundTrip = Histogram((70_000, 200 * Microsecond), (2_000, 1_400 * Microsecond));
    private static readonly LatencyHistogram RawRoundTrip = Histogram((72_000, 180 * Microsecond));

    internal static LoadPlan Plan(params string[] labels) => new()
    {
        Targets = [.. (labels.Length == 0 ? ["target"] : labels).Select(label => new LoadTarget(label, [new Uri($"ws://{label}.example/ws-test")]))],
        Connections = 100,
        Ramp = 100,
        Rate = 10,
    };

    internal static LoadResult Of(params TargetResult[] targets) => new()
    {
        Plan = Plan([.. targets.Select(target => target.Label)]),
        Started = Start,
        Duration = TimeSpan.FromSeconds(11.5),
        Targets = targets,
        Generator = Fit(),
    };

    internal static GeneratorHealth Fit() =>
        new(0.4, 0.5, Late: 2, Planned: 100_000, Histogram((1000, 50 * Microsecond)), TimeSpan.FromMilliseconds(12), LocalFailures: 0, Descriptors: 140, DescriptorLimit: 20_000);

    /// <summary>A hundred connections that all opened, and 72,000 echoes that all came back, in about 0.2 ms.</summary>
    internal static TargetResult Good(string label = "target") => new()
    {
        Label = label,
        Attempts = 100,
        Opened = 100,
        OpenAtEnd = 100,
        MostOpen = 100,
        Sent = 72_000,
        Received = 72_000,
        SentBytes = 72_000 * 128,
        ReceivedBytes = 72_000 * 128,
        Connect = Connect,
        Tcp = Tcp,
        Upgrade = Upgrade,
        RoundTrip = RoundTrip,
        RawRoundTrip = RawRoundTrip,
    };

    internal static LatencyHistogram Histogram(params (int Count, long Nanoseconds)[] samples)
    {
        var histogram = new LatencyHistogram();
        foreach (var (count, nanoseconds) in samples)
            for (var i = 0; i < count; i++)
                histogram.Record(nanoseconds);
        return histogram;
    }

    internal static FailureTally Tally(string failureClass, long count, double first = 1, double last = 9, string example = "as it was seen") =>
        new(failureClass, FailureClasses.GuiltyOf(failureClass), count, TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(last), example);

    internal static LoadSecond Second(int second, int open, long received = 0, long opened = 0, long failed = 0) =>
        new(second, open, InFlight: 0, opened, failed, Sent: received, received, Histogram((10, Millisecond)));
}
