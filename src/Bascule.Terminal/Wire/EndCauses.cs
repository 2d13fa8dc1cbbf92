namespace Bascule.Terminal;

/// <summary>The causes of an end as they stand in frames, documents and the reason of a close frame.</summary>
public static class EndCauses
{
    private static readonly IReadOnlyList<(EndCause Cause, string Label)> Rows =
    [
        (EndCause.Exited, "exited"), (EndCause.Signalled, "signalled"), (EndCause.Deadline, "deadline"), (EndCause.Idle, "idle"), (EndCause.MaximumLife, "maximum_life"),
        (EndCause.Detached, "detached"), (EndCause.Deleted, "deleted"), (EndCause.HostStopping, "host_stopping"), (EndCause.OutOfMemory, "out_of_memory"), (EndCause.StartFailed, "start_failed"),
    ];

    public static string LabelOf(EndCause cause) => Rows.First(row => row.Cause == cause).Label;

    /// <returns>Null when there is no such cause.</returns>
    public static EndCause? Of(string label) => Rows.Where(row => row.Label == label).Select(row => (EndCause?)row.Cause).FirstOrDefault();

    /// <summary>The cause that somebody may give who ends a terminal: not one that only its program can have.</summary>
    /// <returns>Null when there is no such one.</returns>
    public static EndCause? OrderOf(string label) =>
        Of(label) is { } cause and not (EndCause.Exited or EndCause.Signalled or EndCause.OutOfMemory or EndCause.StartFailed) ? cause : null;

    public static ExitFrame FrameOf(TerminalExit exit) => new(
        LabelOf(exit.Cause), exit.Code, exit.Signal, exit.Started, exit.Ended, Math.Round(exit.Duration.TotalSeconds, 3), exit.OutputBytes, exit.Truncated);
}
