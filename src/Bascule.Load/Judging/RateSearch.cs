using System.Globalization;

namespace Bascule.Load;

/// <summary>Finds the highest rate per connection that keeps a latency: doubles until it fails, then halves the gap until it is within 5 %.</summary>
/// <remarks>Knows nothing of time and sockets: whoever runs it asks for <see cref="Rate"/>, makes a run, and tells what came out.</remarks>
public sealed class RateSearch
{
    /// <summary>From a rate of 1 to 10,000 takes 14 doublings, and five halvings make 5 % of it.</summary>
    public const int MostTries = 20;

    /// <summary>Nearer than the noise of a short run; a further try would toss a coin.</summary>
    public const double CloseEnough = 0.05;

    private readonly LatencyTarget _target;
    private readonly List<RateTry> _tries = [];

    /// <param name="firstRate">Messages per second and connection; more than 0.</param>
    public RateSearch(LatencyTarget target, double firstRate = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(firstRate);
        (_target, Rate) = (target, firstRate);
    }

    /// <summary>To try next, in messages per second and connection.</summary>
    public double Rate { get; private set; }

    public IReadOnlyList<RateTry> Tries => _tries;

    /// <summary>Takes what a run at <see cref="Rate"/> found. Null while the search goes on at the next rate.</summary>
    public RateAnswer? Add(LoadResult result)
    {
        var judged = Judge(Rate, result);
        _tries.Add(judged);
        if (result.Interrupted)
            return Answer("the search was interrupted");

        var (good, bad) = (Good, Bad);
        if (bad is not null && good is not null && bad.Rate - good.Rate <= CloseEnough * good.Rate)
            return Answer(Stopped(bad));
        if (_tries.Count >= MostTries)
            return Answer(bad is null ? $"{MostTries} runs were made, and even the last one kept it" : $"{Stopped(bad)}; {MostTries} runs were made");

        // Runs at low rates may have too few samples to know. They are no proof, but a floor for the search.
        var floor = good ?? _tries.Where(each => each.Outcome == RateOutcome.TooFewSamples && each.Rate < (bad?.Rate ?? double.MaxValue)).MaxBy(each => each.Rate);
        if (bad is not null && good is null && floor is not null && bad.Rate - floor.Rate <= CloseEnough * floor.Rate)
            return Answer(Stopped(bad));
        Rate = (floor, bad) switch
        {
            (_, null) => Rate * 2,
            (null, _) => Rate / 2,
            _ => (floor.Rate + bad.Rate) / 2,
        };
        return null;
    }

    private RateTry? Good => _tries.Where(each => each.Outcome == RateOutcome.Kept && each.Rate < (Bad?.Rate ?? double.MaxValue)).MaxBy(each => each.Rate);

    private RateTry? Bad => _tries.Where(each => each.Outcome is not RateOutcome.Kept and not RateOutcome.TooFewSamples).MinBy(each => each.Rate);

    /// <summary>The generator's limit comes first: a run of which nothing can be said neither kept nor broke the target.</summary>
    private RateTry Judge(double rate, LoadResult result)
    {
        var all = Figures.AllOf(result);
        var total = rate * result.Plan.Connections;
        var measured = Metrics.Percentile(all.RoundTrip, _target.Percent);
        var seen = measured.Value is { } value ? TimeSpan.FromTicks((long)(value / TimeSpan.NanosecondsPerTick)) : (TimeSpan?)null;
        var validity = Validity.Of(result);
        var failures = Figures.Failures(all);
        if (!validity.IsValid)
            return new RateTry(rate, total, seen, RateOutcome.GeneratorLimit, string.Join("; ", validity.Reasons));
        if (failures > 0)
            return new RateTry(rate, total, seen, RateOutcome.Failures, $"{Readable.Things(failures, "failure")}, most of them {Figures.MostFrequent(all)!.Class}");
        if (seen is not { } latency)
            return new RateTry(rate, total, seen, RateOutcome.TooFewSamples, measured.Why!);
        var text = string.Create(CultureInfo.InvariantCulture, $"p{_target.Percent} {Readable.Seconds(latency)}");
        return new RateTry(rate, total, seen, latency <= _target.Most ? RateOutcome.Kept : RateOutcome.TooSlow, text);
    }

    private static string Stopped(RateTry bad) => bad.Outcome switch
    {
        RateOutcome.GeneratorLimit => $"the generator was the limit at {Readable.PerSecond(bad.PerSecond)} ({bad.Seen}); the server may do more",
        RateOutcome.Failures => $"at {Readable.PerSecond(bad.PerSecond)} there were failures: {bad.Seen}",
        _ => $"at {Readable.PerSecond(bad.PerSecond)} it was {bad.Seen}",
    };

    private RateAnswer Answer(string why) => new(_target, Good, why, [.. _tries]);
}

/// <summary>What a run of a search said about its rate.</summary>
public enum RateOutcome
{
    Kept,
    TooSlow,
    Failures,

    /// <summary>The program that makes the load could not keep up, so that nothing is known about the server.</summary>
    GeneratorLimit,

    /// <summary>The percentile is not known: hold longer, or use more connections.</summary>
    TooFewSamples,
}

/// <summary>One run of a search.</summary>
/// <param name="Rate">Messages per second and connection.</param>
/// <param name="PerSecond">Messages per second over all connections.</param>
/// <param name="Latency">At the percentile of the target; null with too few samples.</param>
/// <param name="Seen">In words.</param>
public sealed record RateTry(double Rate, double PerSecond, TimeSpan? Latency, RateOutcome Outcome, string Seen)
{
    /// <summary>A line for a person who waits.</summary>
    public override string ToString() => $"{Readable.PerSecond(Rate)} on each connection, {Readable.PerSecond(PerSecond)} in all: {Verdict}, {Seen}";

    private string Verdict => Outcome switch
    {
        RateOutcome.Kept => "kept",
        RateOutcome.TooSlow => "too slow",
        RateOutcome.Failures => "failed",
        RateOutcome.GeneratorLimit => "the generator was the limit",
        _ => "not known",
    };
}

/// <summary>What a search found.</summary>
/// <param name="Best">The highest rate that kept the target; null when none did.</param>
/// <param name="Why">What ended it.</param>
public sealed record RateAnswer(LatencyTarget Target, RateTry? Best, string Why, IReadOnlyList<RateTry> Tries)
{
    /// <summary>One sentence.</summary>
    public override string ToString() => Best is { } best
        ? $"{Target} holds up to {Readable.PerSecond(best.PerSecond)} ({Readable.PerSecond(best.Rate)} on each connection, {best.Seen}); {Why}."
        : $"No rate was found that keeps {Target}: {Why}.";
}
