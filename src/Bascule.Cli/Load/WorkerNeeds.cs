namespace Bascule.Cli;

/// <summary>How many processes a number of connections takes, where a process may open only so many files.</summary>
public static class WorkerNeeds
{
    // What a process has open beside its connections: assemblies, the runtime's own, its pipes.
    private const int OwnDescriptors = 300;

    /// <param name="limit">Files that a process may open; 0 where that is not known.</param>
    public static int Of(int connections, long limit) =>
        limit is 0 or long.MaxValue ? 1 : (int)Math.Ceiling(connections / (double)Math.Max(1, limit - OwnDescriptors));

    /// <summary>Why it cannot be done so, and what would do; null when it can.</summary>
    /// <param name="wanted">What the person wrote; null leaves it to us.</param>
    /// <param name="mostUnasked">More are started only for a person who wrote it.</param>
    public static string? FaultOf(int connections, long limit, int? wanted, int mostUnasked, int most)
    {
        if (limit is > 0 and <= OwnDescriptors)
            return $"A process may open {limit} files here, and needs {OwnDescriptors} beside its connections. Raise the limit: ulimit -n 4096";
        var needed = Of(connections, limit);
        var why = $"{connections} connections need {needed} processes: one may open {limit} files here";
        if (needed > most)
            return $"{why}, and {most} are the most. Raise `ulimit -n`, or take fewer --connections.";
        if (wanted < needed)
            return $"--workers is {wanted}, but {why}. Raise `ulimit -n`, or leave --workers out.";
        return wanted is null && needed > mostUnasked ? $"{why}. Write --workers {needed} if that is meant; with a higher `ulimit -n` fewer are needed." : null;
    }
}
