namespace Bascule.Load;

/// <summary>A result and everything that was judged about it: what reports are written from.</summary>
/// <param name="Comparison">Null without a base to compare with.</param>
/// <param name="Added">Null without two targets.</param>
public sealed record LoadReport(
    LoadResult Result, Validity Validity, IReadOnlyList<ThresholdOutcome> Thresholds, Comparison? Comparison = null, AddedLatency? Added = null)
{
    /// <summary>The one word for the run; the command makes its exit code of it.</summary>
    public LoadVerdict Verdict =>
        Result.Interrupted ? LoadVerdict.Interrupted
        : !Validity.IsValid ? LoadVerdict.GeneratorLimit
        : Thresholds.Any(threshold => !threshold.Passed) ? LoadVerdict.ThresholdFailed
        : Comparison is { HasRegression: true } ? LoadVerdict.Regression
        : Thresholds.Count == 0 && Result.Targets.Any(target => Figures.Failures(target) > 0) ? LoadVerdict.FoundFailures
        : LoadVerdict.Good;

    /// <summary>Nobody answered at any address, so that there are no figures at all.</summary>
    public bool NothingReached => Figures.NothingReached(Result);

    /// <summary>Judges a result: its validity, the latency added, the thresholds, and the way it compares with an earlier one.</summary>
    public static LoadReport Of(LoadResult result, IReadOnlyList<Threshold>? thresholds = null, LoadResult? compareWith = null) => new(
        result,
        Validity.Of(result),
        [.. (thresholds ?? []).Select(threshold => threshold.Evaluate(result))],
        compareWith is null ? null : Comparison.Of(compareWith, result),
        AddedLatency.Of(result));
}

/// <summary>How a run ended. The first of these that holds is the verdict.</summary>
public enum LoadVerdict
{
    /// <summary>Nothing below holds. With thresholds, they decide alone what counts as a failure.</summary>
    Good,

    /// <summary>Ended by a signal: what was planned was not measured (130).</summary>
    Interrupted,

    /// <summary>The figures are about the generator, so that nothing else can be said (75).</summary>
    GeneratorLimit,

    /// <summary>What was asked for was not met (99).</summary>
    ThresholdFailed,

    /// <summary>Worse than the base (98).</summary>
    Regression,

    /// <summary>Something failed, and no threshold said how much may (1).</summary>
    FoundFailures,
}
