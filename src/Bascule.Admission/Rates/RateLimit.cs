using Bascule.Model;

namespace Bascule.Admission;

/// <summary>One rate that holds for an attempt.</summary>
/// <param name="Key">What is counted together.</param>
/// <param name="Words">Whose it is and which setting says so: <c>from 192.0.2.7 (upgradeRatePerAddress of limits)</c>.</param>
internal readonly record struct RateLimit(string Key, Rate Rate, string Words)
{
    /// <summary>Takes one from each, in order; the first that has none ends it.</summary>
    internal static Ending? Take(RateTable table, IEnumerable<RateLimit> limits, EndReason reason, string what)
    {
        foreach (var limit in limits)
        {
            if (!table.TryTake(limit.Key, limit.Rate, out var wait))
                return new Ending(reason, $"More than {limit.Rate} {what} {limit.Words}; try again in {Wait(wait)}.");
        }

        return null;
    }

    private static string Wait(TimeSpan wait) => wait < TimeSpan.FromSeconds(1) ? $"{Math.Ceiling(wait.TotalMilliseconds)} ms" : $"{Math.Ceiling(wait.TotalSeconds)} s";
}
