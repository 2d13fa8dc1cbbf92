using System.Globalization;

namespace Bascule.Load;

/// <summary>Whether the figures are about the server, or about the program that made the load. The rules and their reasons: docs/load-report.md.</summary>
/// <param name="Reasons">Why the generator was the limit, in words; empty when it was not.</param>
/// <param name="Notes">What a reader should know although the figures stand.</param>
public sealed record Validity(bool IsValid, IReadOnlyList<string> Reasons, IReadOnlyList<string> Notes)
{
    /// <summary>Cores that one worker can fill: its sockets are served by at most two threads.</summary>
    public const int CoresOfWorker = 2;

    /// <summary>Share of those cores above which the worker has no room left.</summary>
    public const double FullProcessor = 0.95;

    /// <summary>Share of all cores of the machine above which everything on it waits for a core.</summary>
    public const double FullMachine = 0.97;

    /// <summary>Share of messages and attempts that may be more than 10 ms late.</summary>
    public const double MostLate = 0.01;

    /// <summary>The same on a full machine, where a thread that sends late also reads late, which nobody sees.</summary>
    public const double MostLateOnFullMachine = 0.001;

    // As many as a percentile needs above it: a share told by fewer would be the tale of one pause at the start.
    private const int FewestLate = LatencyHistogram.SamplesAbove;

    public static Validity Of(LoadResult result)
    {
        if (Figures.NothingReached(result))
            return new Validity(true, [], []);
        var generator = result.Generator;
        var late = generator.Late >= FewestLate ? Figures.LateRate(generator) : 0;
        var isMachineFull = generator.MachineProcessor >= FullMachine;
        var cores = CoresFor(result);
        List<string> reasons = [], notes = [];

        if (generator.LocalFailures > 0)
            reasons.Add($"this machine had no descriptor or port left {Times(generator.LocalFailures)}");
        if (generator.Processor >= FullProcessor * cores)
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"a worker used {generator.Processor:0.00} of the {cores:0.##} cores it can have"));
        if (late > MostLate)
            reasons.Add($"{Readable.Percent(late)} of what had a time was more than 10 ms late");
        else if (isMachineFull && late > MostLateOnFullMachine)
            reasons.Add($"all cores were busy ({Readable.Percent(generator.MachineProcessor)}), and {Readable.Percent(late)} of what had a time was more than 10 ms late");
        else if (isMachineFull)
            notes.Add($"All cores of this machine were busy ({Readable.Percent(generator.MachineProcessor)}): if the server runs here too, the figures are of both together.");
        if (LagNote(result) is { } lag)
            notes.Add(lag);
        return new Validity(reasons.Count == 0, reasons, notes);
    }

    /// <summary>Below the 10 ms of lateness, our own lag can still be most of a short round trip. That spoils that one figure, not the run.</summary>
    private static string? LagNote(LoadResult result) =>
        result.Plan.Rate is not null && result.Generator.Lag.Percentile(99) is { } lag
        && Figures.AllOf(result).RoundTrip.Percentile(99) is { } roundTrip && lag * 2 > roundTrip
            ? $"Sending was late by {Readable.Nanoseconds(lag)} (p99): that is much of the round trip p99 of {Readable.Nanoseconds(roundTrip)}; see the raw one."
            : null;

    /// <summary>What is left for each when several workers share the machine, but no more than one can fill.</summary>
    private static double CoresFor(LoadResult result) =>
        result.Environment is { Processors: > 0 } machine ? Math.Min(CoresOfWorker, (double)machine.Processors / Math.Max(1, result.Workers)) : CoresOfWorker;

    private static string Times(long count) => count == 1 ? "once" : $"{Readable.Count(count)} times";
}
