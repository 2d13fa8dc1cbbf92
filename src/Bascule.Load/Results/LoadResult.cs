namespace Bascule.Load;

/// <summary>What a run found: complete, and mergeable over worker processes. Its JSON is documented in docs/load-report.md and versioned.</summary>
public sealed record LoadResult
{
    /// <summary>Of the JSON shape: raised when something changes that a reader could notice.</summary>
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Without tokens and values of header fields.</summary>
    public required LoadPlan Plan { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Processes that made the load.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Ended by a signal, not by its plan.</summary>
    public bool Interrupted { get; init; }

    /// <summary>In the order of the plan.</summary>
    public required IReadOnlyList<TargetResult> Targets { get; init; }

    /// <summary>The course of the run.</summary>
    public IReadOnlyList<LoadSecond> Seconds { get; init; } = [];

    /// <summary>Only in the mode <c>storm</c>.</summary>
    public StormResult? Storm { get; init; }

    public required GeneratorHealth Generator { get; init; }

    /// <summary>Null where nobody asked the machine.</summary>
    public LoadEnvironment? Environment { get; init; }

    /// <summary>The results of the worker processes of one run as one: see <see cref="ResultMerge"/>.</summary>
    public static LoadResult Merge(IReadOnlyList<LoadResult> parts) => ResultMerge.Merge(parts);
}

/// <summary>What one target did. All latencies in nanoseconds.</summary>
public sealed record TargetResult
{
    public required string Label { get; init; }

    public long Attempts { get; init; }

    public long Opened { get; init; }

    /// <summary>Attempts that did not become a connection. Attempts = Opened + FailedAttempts + those that the end of the run cut short.</summary>
    public long FailedAttempts { get; init; }

    /// <summary>Connections that ended other than planned after they were open.</summary>
    public long Lost { get; init; }

    /// <summary>Messages that will never come back: overdue, or on a connection that was lost.</summary>
    public long LostMessages { get; init; }

    public long Retried { get; init; }

    /// <summary>When the hold was over, before the clients closed.</summary>
    public int OpenAtEnd { get; init; }

    public int MostOpen { get; init; }

    public long Sent { get; init; }

    public long Received { get; init; }

    /// <summary>Payload bytes.</summary>
    public long SentBytes { get; init; }

    /// <summary>Payload bytes.</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Echoes that were still missing at the end, and not overdue.</summary>
    public long InFlightAtEnd { get; init; }

    /// <summary>Handshake from the first packet to the 101; then its parts.</summary>
    public LatencyHistogram Connect { get; init; } = new();

    public LatencyHistogram Tcp { get; init; } = new();

    public LatencyHistogram Tls { get; init; } = new();

    public LatencyHistogram Upgrade { get; init; } = new();

    /// <summary>Round trips from the moment a message should have been sent: what a user would feel.</summary>
    public LatencyHistogram RoundTrip { get; init; } = new();

    /// <summary>Round trips from the moment the message was sent: blind for the time it had to wait before (coordinated omission).</summary>
    public LatencyHistogram RawRoundTrip { get; init; } = new();

    /// <summary>Round trips of short equal windows of the hold, for confidence intervals. Windows of two targets with the same index are of the same time.</summary>
    public IReadOnlyList<LatencyHistogram> Windows { get; init; } = [];

    public IReadOnlyList<FailureTally> Failures { get; init; } = [];
}

/// <summary>All failures of one class at one target.</summary>
/// <param name="First">Since the start of the run.</param>
/// <param name="Example">The first one, as it was seen.</param>
/// <param name="Attempt">An attempt that a Bascule gateway can explain, or null.</param>
/// <param name="Explanation">What that gateway says about it, or null.</param>
public sealed record FailureTally(
    string Class, Guilty Guilty, long Count, TimeSpan First, TimeSpan Last, string Example, string? Attempt = null, string? Explanation = null);

/// <summary>One second of a run, over all targets.</summary>
/// <param name="Second">Since the start, from 0.</param>
/// <param name="Open">At its end.</param>
/// <param name="InFlight">Handshakes under way at its end.</param>
public sealed record LoadSecond(int Second, int Open, int InFlight, long Opened, long Failed, long Sent, long Received, LatencyHistogram RoundTrip);

/// <summary>The way back after all connections were dropped at once.</summary>
/// <param name="Dropped">Connections that were open then.</param>
/// <param name="Half">Time until half of them were back; null when that never happened.</param>
/// <param name="PeakPerSecond">The most handshakes that ended well within one second.</param>
public sealed record StormResult(int Dropped, int Restored, TimeSpan? Half, TimeSpan? NinetyPercent, TimeSpan? All, double PeakPerSecond);

/// <summary>Whether the generator was fit to measure.</summary>
/// <param name="Processor">Share of one core that a worker used, the busiest of them: 1.0 is a whole core.</param>
/// <param name="MachineProcessor">Share of all cores of the machine that was in use, by whomever.</param>
/// <param name="Late">Messages and attempts that were sent more than 10 ms after their time.</param>
/// <param name="Planned">Messages and attempts that had a time.</param>
/// <param name="Lag">How late things were sent, in nanoseconds.</param>
/// <param name="Pauses">Time in garbage collection.</param>
/// <param name="LocalFailures">Descriptors or ports that this machine had not.</param>
/// <param name="Descriptors">Open at the peak, and how many the process may open.</param>
public sealed record GeneratorHealth(
    double Processor, double MachineProcessor, long Late, long Planned, LatencyHistogram Lag, TimeSpan Pauses, long LocalFailures, int Descriptors, long DescriptorLimit);
