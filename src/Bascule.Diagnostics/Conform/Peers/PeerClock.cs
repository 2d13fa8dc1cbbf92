namespace Bascule.Diagnostics;

/// <summary>The patience of a peer.</summary>
/// <param name="StepLimit">For each single wait: a connect, a chunk sent, some bytes received, the head of an answer. Not for a case as a whole.</param>
public sealed record PeerClock(TimeProvider Time, TimeSpan StepLimit)
{
    /// <summary>Far more than a server on the same continent needs; only what stays silent costs it.</summary>
    public static readonly TimeSpan DefaultStepLimit = TimeSpan.FromSeconds(5);
}
