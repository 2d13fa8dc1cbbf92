using System.Globalization;

namespace Bascule.Load;

/// <summary>The latency that a search keeps to: <c>p99=50ms</c> of the round trip.</summary>
public sealed record LatencyTarget(double Percent, TimeSpan Most)
{
    /// <exception cref="FormatException">The message says what was seen and what is expected.</exception>
    public static LatencyTarget Parse(string text)
    {
        if (text.Split('=') is not [var name, var limit] || !TryPercent(name.Trim(), out var percent))
            throw Fault(text, "it is not a percentile and a duration");
        return FigureNumber.Read(FigureUnit.Nanoseconds, limit.Trim(), out var fault) switch
        {
            null => throw Fault(text, fault),
            // A whole tick at least: TimeSpan has no shorter ones.
            >= TimeSpan.NanosecondsPerTick and <= LatencyHistogram.LongestNanoseconds and { } nanoseconds =>
                new LatencyTarget(percent, TimeSpan.FromTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick))),
            _ => throw Fault(text, "the latency is not between 100 ns and one hour"),
        };
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p{Percent} <= {Readable.Seconds(Most)}");

    private static bool TryPercent(string name, out double percent) =>
        double.TryParse(name.StartsWith('p') ? name.AsSpan(1) : "", NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent) && percent is > 0 and < 100;

    private static FormatException Fault(string text, string why) => new($"`{text}` is no target for the latency: {why}. Example: p99=50ms.");
}
