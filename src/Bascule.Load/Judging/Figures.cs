namespace Bascule.Load;

/// <summary>What can be computed from the counts of a result. Null where there is nothing to divide by.</summary>
internal static class Figures
{
    // Of the most that were open: above it a second belongs to the hold, below it to the ramp or the end.
    private const double FullShare = 0.9;

    internal static TargetResult AllOf(LoadResult result) => ResultMerge.Together("all", result.Targets);

    /// <summary>Share of the attempts that came to an end by themselves; those that the end of the run cut short say nothing.</summary>
    internal static double? FailRate(TargetResult target) => Ratio(target.FailedAttempts, target.Opened + target.FailedAttempts);

    internal static double? LostRate(TargetResult target) => Ratio(target.Lost, target.Opened);

    internal static double LateRate(GeneratorHealth generator) => Ratio(generator.Late, generator.Planned) ?? 0;

    /// <summary>Without those that nobody is guilty of: the run was over before they could succeed.</summary>
    internal static long Failures(TargetResult target) => target.Failures.Where(tally => tally.Guilty != Guilty.Nobody).Sum(tally => tally.Count);

    /// <summary>Of those that somebody is guilty of; null when there is none.</summary>
    internal static FailureTally? MostFrequent(TargetResult target) =>
        target.Failures.Where(tally => tally.Guilty != Guilty.Nobody).MaxBy(tally => tally.Count);

    /// <summary>Received per second over the seconds of the hold. A target has the share of it that it has of all messages.</summary>
    internal static double? MessagesPerSecond(LoadResult result, TargetResult target)
    {
        var held = HeldSeconds(result);
        var all = result.Targets.Sum(each => each.Received);
        return held.Count > 0 && all > 0
            ? held.Average(second => (double)second.Received) * target.Received / all
            : Ratio(target.Received, result.Duration.TotalSeconds);
    }

    /// <summary>Opened per second over the seconds in which handshakes ended.</summary>
    internal static double? ConnectsPerSecond(LoadResult result, TargetResult target)
    {
        var busy = result.Seconds.Where(second => second.Opened + second.Failed > 0).ToList();
        var all = result.Targets.Sum(each => each.Opened);
        return busy.Count > 0 && all > 0
            ? busy.Average(second => (double)second.Opened) * target.Opened / all
            : Ratio(target.Opened, result.Duration.TotalSeconds);
    }

    /// <summary>The seconds with nearly all connections open, without the first and the last of them, which may be parts of a second.</summary>
    /// <returns>Empty when the hold was too short.</returns>
    internal static IReadOnlyList<LoadSecond> HeldSeconds(LoadResult result)
    {
        var most = result.Seconds.Select(second => second.Open).DefaultIfEmpty(0).Max();
        var full = most == 0 ? [] : result.Seconds.Where(second => second.Open >= FullShare * most).ToList();
        return full.Count > 2 ? full[1..^1] : [];
    }

    /// <summary>Not one connection opened, since there is nobody at any address: there are no figures, so none that the generator could have spoiled.</summary>
    internal static bool NothingReached(LoadResult result) => result.Targets.All(target =>
        target.Opened == 0 && target.Failures.Count > 0 && target.Failures.All(tally => FailureClasses.IsUnreached(tally.Class)));

    internal static double? Ratio(double part, double whole) => whole > 0 ? part / whole : null;
}
