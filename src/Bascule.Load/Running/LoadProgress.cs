namespace Bascule.Load;

/// <summary>Where a run is.</summary>
public enum LoadPhase
{
    /// <summary>Connections are opened.</summary>
    Ramp,

    /// <summary>All that could be opened are open and do their work.</summary>
    Hold,

    /// <summary>All were dropped and come back.</summary>
    Storm,

    /// <summary>The last answers are awaited, then all is closed.</summary>
    Closing,
}

/// <summary>A look at a run, once a second.</summary>
/// <param name="Attempts">So far.</param>
/// <param name="Failures">By class, over all targets, so far.</param>
/// <param name="RoundTrip">Of the whole run so far.</param>
public sealed record LoadProgress(LoadPhase Phase, TimeSpan Elapsed, LoadSecond Second, long Attempts, IReadOnlyList<FailureTally> Failures, LatencyHistogram RoundTrip);
