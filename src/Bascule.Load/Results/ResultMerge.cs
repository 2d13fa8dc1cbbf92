namespace Bascule.Load;

/// <summary>Makes one result of those of the worker processes of one run. Nothing is lost but who did what.</summary>
internal static class ResultMerge
{
    /// <summary>Sums, merged histograms, the union of failures. The plan is the first one's with connections, rates of the ramp and handshakes under way added up.</summary>
    /// <exception cref="ArgumentException">There is nothing to merge.</exception>
    internal static LoadResult Merge(IReadOnlyList<LoadResult> parts)
    {
        if (parts.Count == 0)
            throw new ArgumentException("No worker has given a result; at least one is needed.", nameof(parts));
        if (parts.Count == 1)
            return parts[0];
        var started = parts.Min(part => part.Started);
        return new LoadResult
        {
            Version = parts[0].Version,
            Plan = Plans([.. parts.Select(part => part.Plan)]),
            Started = started,
            Duration = parts.Max(part => part.Started + part.Duration) - started,
            Workers = parts.Sum(part => part.Workers),
            Interrupted = parts.Any(part => part.Interrupted),
            Targets = [.. parts.SelectMany(part => part.Targets).GroupBy(target => target.Label, StringComparer.Ordinal).Select(same => Together(same.Key, [.. same]))],
            Seconds = [.. parts.SelectMany(part => part.Seconds).GroupBy(second => second.Second).OrderBy(same => same.Key).Select(same => Seconds([.. same]))],
            Storm = Storms([.. parts.Select(part => part.Storm).OfType<StormResult>()]),
            Generator = Generators([.. parts.Select(part => part.Generator)]),
            Environment = parts.Select(part => part.Environment).FirstOrDefault(environment => environment is not null),
        };
    }

    /// <summary>Several targets as one. The most that were open is the sum of each one's most: they have the same ramp, and so the same peak.</summary>
    internal static TargetResult Together(string label, IReadOnlyList<TargetResult> parts) => parts.Count == 1 ? parts[0] with { Label = label } : new TargetResult
    {
        Label = label,
        Attempts = parts.Sum(part => part.Attempts),
        Opened = parts.Sum(part => part.Opened),
        FailedAttempts = parts.Sum(part => part.FailedAttempts),
        Lost = parts.Sum(part => part.Lost),
        LostMessages = parts.Sum(part => part.LostMessages),
        Retried = parts.Sum(part => part.Retried),
        OpenAtEnd = parts.Sum(part => part.OpenAtEnd),
        MostOpen = parts.Sum(part => part.MostOpen),
        Sent = parts.Sum(part => part.Sent),
        Received = parts.Sum(part => part.Received),
        SentBytes = parts.Sum(part => part.SentBytes),
        ReceivedBytes = parts.Sum(part => part.ReceivedBytes),
        InFlightAtEnd = parts.Sum(part => part.InFlightAtEnd),
        Connect = Sum(parts.Select(part => part.Connect)),
        Tcp = Sum(parts.Select(part => part.Tcp)),
        Tls = Sum(parts.Select(part => part.Tls)),
        Upgrade = Sum(parts.Select(part => part.Upgrade)),
        RoundTrip = Sum(parts.Select(part => part.RoundTrip)),
        RawRoundTrip = Sum(parts.Select(part => part.RawRoundTrip)),
        Windows = [.. Enumerable.Range(0, parts.Max(part => part.Windows.Count))
            .Select(index => Sum(parts.Where(part => index < part.Windows.Count).Select(part => part.Windows[index])))],
        Failures = Failures(parts.SelectMany(part => part.Failures)),
    };

    private static LoadPlan Plans(IReadOnlyList<LoadPlan> plans) => plans[0] with
    {
        Connections = plans.Sum(plan => plan.Connections),
        Ramp = plans.All(plan => plan.Ramp is not null) ? plans.Sum(plan => plan.Ramp) : null,
        InFlight = plans.Sum(plan => plan.InFlight),
        FirstConnection = plans.Min(plan => plan.FirstConnection),
    };

    private static LoadSecond Seconds(IReadOnlyList<LoadSecond> parts) => new(
        parts[0].Second,
        parts.Sum(part => part.Open),
        parts.Sum(part => part.InFlight),
        parts.Sum(part => part.Opened),
        parts.Sum(part => part.Failed),
        parts.Sum(part => part.Sent),
        parts.Sum(part => part.Received),
        Sum(parts.Select(part => part.RoundTrip)));

    /// <summary>Each class once, the most frequent first, with the example that was seen first.</summary>
    private static List<FailureTally> Failures(IEnumerable<FailureTally> parts) =>
        [.. parts.GroupBy(tally => tally.Class, StringComparer.Ordinal)
            .Select(same => same.OrderBy(tally => tally.First).ToList())
            .Select(same => Explained(same) with { Count = same.Sum(tally => tally.Count), Last = same.Max(tally => tally.Last) })
            .OrderByDescending(tally => tally.Count)];

    /// <summary>The earliest one. The attempt to ask a gateway about may be of a later one, when only that has an id.</summary>
    private static FailureTally Explained(List<FailureTally> ofOneClass)
    {
        var known = ofOneClass.Find(tally => tally.Explanation is not null) ?? ofOneClass.Find(tally => tally.Attempt is not null);
        return ofOneClass[0] with { Attempt = known?.Attempt, Explanation = known?.Explanation };
    }

    /// <summary>The way back as the slowest worker had it. The peak is the sum of the peaks, since all drop at the same time: the most it can have been.</summary>
    private static StormResult? Storms(IReadOnlyList<StormResult> parts) => parts.Count == 0 ? null : new StormResult(
        parts.Sum(part => part.Dropped),
        parts.Sum(part => part.Restored),
        Slowest(parts, part => part.Half),
        Slowest(parts, part => part.NinetyPercent),
        Slowest(parts, part => part.All),
        parts.Sum(part => part.PeakPerSecond));

    /// <summary>Null when it never happened at one of those that had connections to bring back.</summary>
    private static TimeSpan? Slowest(IReadOnlyList<StormResult> parts, Func<StormResult, TimeSpan?> time)
    {
        var times = parts.Where(part => part.Dropped > 0).Select(time).ToList();
        return times.Contains(null) ? null : times.Max();
    }

    /// <summary>The busiest worker, and the one nearest to its descriptor limit, stand for all; the rest is added up.</summary>
    private static GeneratorHealth Generators(IReadOnlyList<GeneratorHealth> parts)
    {
        var fullest = parts.MaxBy(part => part.DescriptorLimit > 0 ? (double)part.Descriptors / part.DescriptorLimit : 0)!;
        return new GeneratorHealth(
            parts.Max(part => part.Processor),
            parts.Max(part => part.MachineProcessor),
            parts.Sum(part => part.Late),
            parts.Sum(part => part.Planned),
            Sum(parts.Select(part => part.Lag)),
            parts.Aggregate(TimeSpan.Zero, (sum, part) => sum + part.Pauses),
            parts.Sum(part => part.LocalFailures),
            fullest.Descriptors,
            fullest.DescriptorLimit);
    }

    private static LatencyHistogram Sum(IEnumerable<LatencyHistogram> parts)
    {
        var sum = new LatencyHistogram();
        foreach (var part in parts)
            sum.Add(part);
        return sum;
    }
}
