using System.Globalization;

namespace Bascule.Load;

/// <summary>What the way <c>via</c> something adds to the round trip of the <c>direct</c> way, from one run that did both at the same time.</summary>
public sealed record AddedLatency(AddedFigure P50, AddedFigure P99)
{
    public const string Via = "via";
    public const string Direct = "direct";

    /// <summary>Null when the run had not both targets.</summary>
    public static AddedLatency? Of(LoadResult result)
    {
        var via = result.Targets.FirstOrDefault(target => target.Label == Via);
        var direct = result.Targets.FirstOrDefault(target => target.Label == Direct);
        return via is null || direct is null ? null : new AddedLatency(Figure(via, direct, 50), Figure(via, direct, 99));
    }

    /// <summary>Windows of the same index are of the same moment, so that what disturbs the machine disturbs both and leaves the difference.</summary>
    private static AddedFigure Figure(TargetResult via, TargetResult direct, double percent)
    {
        var differences = via.Windows.Zip(direct.Windows)
            .Select(pair => (double?)(pair.First.Percentile(percent) - pair.Second.Percentile(percent)))
            .OfType<double>().ToList();
        var overall = (double?)(via.RoundTrip.Percentile(percent) - direct.RoundTrip.Percentile(percent));
        var sample = Sample.Of(differences);
        if (sample.Margin is { } margin)
            return new AddedFigure(percent, overall, sample.Count, sample.Mean, sample.Mean - margin, sample.Mean + margin, null);
        var windows = Math.Min(via.Windows.Count, direct.Windows.Count);
        var why = string.Create(
            CultureInfo.InvariantCulture,
            $"{sample.Count} of {windows} windows have the {Readable.Count(LatencyHistogram.SamplesFor(percent))} samples at both targets that p{percent} needs, "
            + $"and {Sample.Fewest} are needed: hold longer, or send more");
        return new AddedFigure(percent, overall, sample.Count, null, null, null, why);
    }
}

/// <summary>The difference of one percentile, in nanoseconds.</summary>
/// <param name="OverallNs">Of the whole run; null with too few samples.</param>
/// <param name="Windows">Pairs of windows with enough samples.</param>
/// <param name="MeanNs">Of the differences of those pairs; null with fewer than five.</param>
/// <param name="LowNs">Lower end of its 95 % confidence interval.</param>
/// <param name="HighNs">Upper end of it.</param>
/// <param name="Why">Why there is no interval, or null.</param>
public sealed record AddedFigure(double Percent, double? OverallNs, int Windows, double? MeanNs, double? LowNs, double? HighNs, string? Why)
{
    /// <summary>False when the interval includes zero; null when it is not known.</summary>
    public bool? DiffersFromZero => LowNs is null ? null : LowNs > 0 || HighNs < 0;

    /// <summary>In words, as reports tell it.</summary>
    public override string ToString()
    {
        var overall = OverallNs is { } all ? $"; {Readable.Nanoseconds(all)} over the whole run" : "";
        if (MeanNs is not { } mean || LowNs is not { } low || HighNs is not { } high)
            return $"no confidence interval: {Why}{overall}";
        var interval = $"{Readable.Nanoseconds(mean)} ({Readable.Nanoseconds(low)} to {Readable.Nanoseconds(high)} with 95 % confidence, {Windows} windows)";
        return DiffersFromZero == true ? $"{interval}{overall}" : $"not different from zero: {interval}{overall}";
    }
}
