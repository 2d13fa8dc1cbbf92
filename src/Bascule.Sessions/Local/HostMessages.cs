namespace Bascule.Sessions;

/// <summary>An order as <c>PUT /v1/terminals/{id}</c> takes it.</summary>
internal sealed record HostOrder(
    IReadOnlyList<string> Command, bool Tty, IReadOnlyDictionary<string, string> Environment, string? WorkingDirectory, int Columns, int Rows, int ScrollbackBytes, int OutputCap)
{
    public double? DeadlineSeconds { get; init; }

    public double? IdleSeconds { get; init; }

    public double? MaximumLifeSeconds { get; init; }

    public double? DetachGraceSeconds { get; init; }

    public double HoldSeconds { get; init; }

    public int Viewers { get; init; }

    public required SessionLimits Limits { get; init; }

    public required string Recording { get; init; }

    public required string Key { get; init; }

    internal static HostOrder Of(SessionOrder order) => new(
        order.Command, order.Tty, order.Environment, order.WorkingDirectory, order.Columns, order.Rows, order.ScrollbackBytes, order.OutputCap)
    {
        DeadlineSeconds = order.Deadline?.TotalSeconds,
        IdleSeconds = order.Idle?.TotalSeconds,
        MaximumLifeSeconds = order.MaximumLife.TotalSeconds,
        DetachGraceSeconds = order.DetachGrace?.TotalSeconds,
        HoldSeconds = order.Hold.TotalSeconds,
        Viewers = order.Viewers,
        Limits = order.Limits,
        Recording = order.Recording,
        Key = order.Key,
    };
}

/// <summary>How a terminal ended.</summary>
internal sealed record HostExit(string Cause, int? Code, string? Signal, DateTimeOffset EndedAt)
{
    internal SessionEnd ToEnd(string? recordingDigest)
    {
        var ending = SessionEndings.Of(Cause);
        var text = ending == SessionEndings.Exited ? $"The command ended with code {Code}."
            : ending == SessionEndings.Signalled ? $"The command was ended by {Signal}."
            : ending.Advice;
        return new SessionEnd(ending.Label, text, EndedAt, Code, Signal) { RecordingDigest = recordingDigest };
    }
}

internal sealed record HostTerminal(string Id, string State, HostExit? Exit, int Viewers, long Fence, string? Writer, string? RecordingDigest);

internal sealed record HostList(string Host, long Last, IReadOnlyList<HostTerminal> Terminals);

internal sealed record HostChange(long Number, string Kind, string Terminal, DateTimeOffset At, HostExit? Exit, int? Viewers, HostWriter? Writer, string? RecordingDigest);

internal sealed record HostWriter(long Fence, string? User, string? Before, string? Attempt, string? Client)
{
    internal WriterChange At(DateTimeOffset time) => new(Fence, User, Before, Attempt, Client, time);
}

internal sealed record HostChanges(string Host, long Last, bool Lost, IReadOnlyList<HostChange> Changes);

internal sealed record HostResult(byte[]? Stdout, byte[]? Stderr, bool Truncated);

internal sealed record HostProblem(string? Label, string? Title, string? Detail);

/// <summary>What a host answered.</summary>
/// <param name="Status">0 when it could not be reached: <paramref name="Failure"/> says why.</param>
internal readonly record struct HostReply(int Status, byte[] Body, string Failure)
{
    internal bool IsReached => Status != 0;

    internal bool IsGood => Status is >= 200 and < 300;
}
