using Bascule.Load;

namespace Bascule.Cli;

/// <summary>The progress of several workers as that of one run.</summary>
public static class ProgressSum
{
    public static LoadProgress Of(IReadOnlyList<LoadProgress> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        var seconds = parts.Select(p => p.Second).ToArray();
        var second = new LoadSecond(
            seconds.Max(s => s.Second), seconds.Sum(s => s.Open), seconds.Sum(s => s.InFlight), seconds.Sum(s => s.Opened), seconds.Sum(s => s.Failed),
            seconds.Sum(s => s.Sent), seconds.Sum(s => s.Received), Sum(seconds.Select(s => s.RoundTrip)));
        return new LoadProgress(
            parts.Min(p => p.Phase), parts.Max(p => p.Elapsed), second, parts.Sum(p => p.Attempts), Failures(parts.SelectMany(p => p.Failures)), Sum(parts.Select(p => p.RoundTrip)));
    }

    /// <summary>A class once, the most frequent first.</summary>
    public static IReadOnlyList<FailureTally> Failures(IEnumerable<FailureTally> failures) =>
    [
        .. failures.GroupBy(f => f.Class, StringComparer.Ordinal)
            .Select(g => g.MinBy(f => f.First)! with { Count = g.Sum(f => f.Count), Last = g.Max(f => f.Last) })
            .OrderByDescending(f => f.Count),
    ];

    private static LatencyHistogram Sum(IEnumerable<LatencyHistogram> parts)
    {
        var sum = new LatencyHistogram();
        foreach (var part in parts)
            sum.Add(part);
        return sum;
    }
}
