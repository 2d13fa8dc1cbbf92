namespace Bascule.Load;

/// <summary>The whole run in one sentence, the worst first.</summary>
internal static class LoadHeadline
{
    internal static string Of(LoadReport report)
    {
        var result = report.Result;
        if (report.Verdict == LoadVerdict.GeneratorLimit)
            return $"The generator was the limit: {string.Join("; ", report.Validity.Reasons)}; do not trust the figures below.";
        var interrupted = result.Interrupted ? $"Interrupted after {Readable.Seconds(result.Duration)}: " : "";
        var invalid = report.Validity.IsValid ? "" : $" The generator was the limit: {string.Join("; ", report.Validity.Reasons)}.";
        var parts = Parts(report).Where(part => part.Length > 0).ToList();
        return $"{interrupted}{string.Join("; ", parts)}.{Judged(report)}{invalid}";
    }

    private static IEnumerable<string> Parts(LoadReport report)
    {
        var (result, all) = (report.Result, Figures.AllOf(report.Result));
        yield return Handshakes(all);
        if (all.Opened == 0)
            yield break;
        yield return all.Lost > 0 ? $"{Readable.Things(all.Lost, "connection")} lost ({Readable.Percent(Figures.LostRate(all) ?? 0)})" : "";
        yield return Messages(result.Plan.Mode, all);
        yield return result.Storm is { } storm ? Storm(storm) : "";
        yield return RoundTrips(all.RoundTrip);
        yield return report.Added is { P50.MeanNs: { } added } measured
            ? $"the way via adds {(measured.P50.DiffersFromZero == true ? $"{Readable.Nanoseconds(added)} to the p50" : "nothing to the p50 that could be measured")}"
            : "";
    }

    private static string Handshakes(TargetResult all)
    {
        if (all.Attempts == 0)
            return "No connection was tried";
        if (all.FailedAttempts == 0)
            return all.Opened == 0
                ? $"None of {Readable.Things(all.Attempts, "attempt")} came to an end"
                : $"{Readable.Things(all.Opened, "connection")} opened, none failed";
        var most = Figures.MostFrequent(all);
        var with = most is null ? "" : most.Count >= all.FailedAttempts ? $", all with {most.Class}" : $", most with {most.Class}";
        var share = all.Opened == 0 ? "All" : Readable.Percent(Figures.FailRate(all) ?? 0);
        return $"{share} of {Readable.Things(all.Opened + all.FailedAttempts, "attempt")} failed{with}";
    }

    private static string Messages(LoadMode mode, TargetResult all)
    {
        if (all.Sent == 0)
            return all.Received > 0 || mode is LoadMode.Receive or LoadMode.SlowReader ? $"{Readable.Things(all.Received, "message")} received" : "";
        var lost = all.LostMessages;
        return $"{Readable.Things(all.Received, "message")} echoed, {(lost == 0 ? "none" : Readable.Count(lost))} lost";
    }

    private static string Storm(StormResult storm) => storm.All is { } all
        ? $"{Readable.Things(storm.Dropped, "connection")} dropped at once, all back after {Readable.Seconds(all)}"
        : $"{Readable.Things(storm.Dropped, "connection")} dropped at once, only {Readable.Count(storm.Restored)} came back";

    private static string RoundTrips(LatencyHistogram roundTrip) => (roundTrip.Percentile(50), roundTrip.Percentile(99), roundTrip.Max) switch
    {
        ({ } p50, { } p99, _) => $"round trip p50 {Readable.Nanoseconds(p50)}, p99 {Readable.Nanoseconds(p99)}",
        ({ } p50, null, { } max) => $"round trip p50 {Readable.Nanoseconds(p50)}, at most {Readable.Nanoseconds(max)}",
        (null, _, { } max) => $"round trip at most {Readable.Nanoseconds(max)} ({Readable.Things(roundTrip.Count, "sample")})",
        _ => "",
    };

    private static string Judged(LoadReport report)
    {
        var failed = report.Thresholds.Where(threshold => !threshold.Passed).ToList();
        var worse = report.Comparison?.Rows.Where(row => row.IsRegression).Select(row => row.Name).ToList() ?? [];
        var thresholds = failed.Count == 0
            ? ""
            : $" {failed.Count} of {Readable.Things(report.Thresholds.Count, "threshold")} failed: {string.Join(", ", failed.Select(each => each.Text))}.";
        return worse.Count == 0 ? thresholds : $"{thresholds} Worse than the base: {string.Join(", ", worse)}.";
    }
}
