namespace Bascule.Load;

/// <summary>Mean and spread of a few measurements of the same thing.</summary>
internal readonly record struct Sample(int Count, double Mean, double StandardDeviation)
{
    /// <summary>Below it a confidence interval is too wide to say anything.</summary>
    internal const int Fewest = 5;

    // Two-sided 95 % of Student's t for 1 to 30 degrees of freedom; every table of it has them.
    private static readonly double[] StudentT =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    internal static Sample Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            return default;
        var mean = values.Average();
        return new Sample(values.Count, mean, values.Count < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }

    /// <summary>The true mean is this far from the mean at most, with 95 % confidence. Null with fewer than <see cref="Fewest"/>.</summary>
    internal double? Margin => Count < Fewest ? null : Student(Count - 1) * StandardDeviation / Math.Sqrt(Count);

    // Above 30, the usual expansion around the normal distribution; it is off by less than 0.001.
    private static double Student(int freedom) => freedom <= StudentT.Length ? StudentT[freedom - 1] : 1.960 + (2.373 / freedom) + (2.82 / ((double)freedom * freedom));
}
