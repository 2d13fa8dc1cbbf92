namespace Bascule.Terminal;

/// <summary>Why a terminal is over.</summary>
public enum EndCause
{
    /// <summary>The command ended by itself.</summary>
    Exited,

    /// <summary>A signal that the host did not send.</summary>
    Signalled,

    Deadline,
    Idle,
    MaximumLife,

    /// <summary>Nobody was attached for too long.</summary>
    Detached,

    Deleted,
    HostStopping,
    OutOfMemory,
    StartFailed,
}

/// <summary>How a terminal ended.</summary>
/// <param name="Code">Exit code of the command; null when a signal ended it.</param>
/// <param name="Signal">Name of the signal that ended it, as <c>SIGKILL</c>; null when it exited.</param>
/// <param name="OutputBytes">All that it wrote, both streams.</param>
/// <param name="Truncated">The first bytes are gone (terminal), or the last are not in the result (one-shot command).</param>
public sealed record TerminalExit(EndCause Cause, int? Code, string? Signal, DateTimeOffset Started, DateTimeOffset Ended, long OutputBytes, bool Truncated)
{
    public TimeSpan Duration => Ended - Started;
}
