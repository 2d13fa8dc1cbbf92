namespace Bascule.Sessions;

/// <summary>How a session is to be started: its profile, made whole.</summary>
public sealed record SessionOrder
{
    public required SessionId Id { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public bool Tty { get; init; } = true;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? WorkingDirectory { get; init; }

    public int Columns { get; init; } = 80;

    public int Rows { get; init; } = 24;

    /// <summary>Bytes of output that are kept for who comes back.</summary>
    public int ScrollbackBytes { get; init; } = 1 << 20;

    /// <summary>Bytes that the result of a one-shot command keeps of stdout and of stderr.</summary>
    public int OutputCap { get; init; } = 1 << 20;

    /// <summary>Of a one-shot command; null: <see cref="MaximumLife"/> alone.</summary>
    public TimeSpan? Deadline { get; init; }

    public TimeSpan? Idle { get; init; }

    public TimeSpan MaximumLife { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Ends it when nobody was attached for so long; null: never.</summary>
    public TimeSpan? DetachGrace { get; init; }

    /// <summary>How long the program waits for a writer that was cut, before old output is let go.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(60);

    public int Viewers { get; init; } = 16;

    /// <summary><c>off</c>, <c>metadata</c>, <c>output</c> or <c>input</c> (output and input).</summary>
    public string Recording { get; init; } = "off";

    public SessionLimits Limits { get; init; } = new();

    /// <summary>Image of the pod; null for processes.</summary>
    public string? Image { get; init; }

    /// <summary>What the terms of its clients are sealed with, known to its host alone.</summary>
    public required string Key { get; init; }

    public string? Owner { get; init; }

    public string? Tenant { get; init; }
}

/// <summary>Bounds of a session's processes; null: none of ours.</summary>
public sealed record SessionLimits(long? MemoryBytes = null, int? CpuSeconds = null, int? Processes = null, int? OpenFiles = null);

/// <summary>What came of a start.</summary>
/// <param name="Place">Where it runs, or will; null when it failed.</param>
/// <param name="Failure">Why it failed.</param>
public readonly record struct StartAnswer(SessionPlace? Place, SessionEnd? Failure)
{
    /// <summary>It runs already; else the watch tells when.</summary>
    public bool IsRunning { get; init; }
}

/// <summary>What a runner saw of one session. Of the same news, the second is ignored.</summary>
/// <param name="Progress">What is going on while it starts.</param>
/// <param name="Place">Set when it is running.</param>
/// <param name="End">Set when it is over.</param>
/// <param name="Writer">Set when another client writes.</param>
public sealed record RunnerNews(SessionId Id, string? Progress = null, SessionPlace? Place = null, SessionEnd? End = null, WriterChange? Writer = null);

/// <summary>Another client has taken the seat of the writer.</summary>
/// <param name="Fence">Rises with each of them: an older one is known already.</param>
/// <param name="User">Who writes; null: nobody knows a name.</param>
/// <param name="Before">Who wrote before; null: nobody knows a name, or it was not seen.</param>
/// <param name="Attempt">Of the connection that took it.</param>
/// <param name="Client">Its address.</param>
public sealed record WriterChange(long Fence, string? User, string? Before, string? Attempt, string? Client, DateTimeOffset At);

/// <summary>Output of a one-shot command, kept after its end.</summary>
/// <param name="IsTruncated">There was more than the cap; the first bytes are kept.</param>
public sealed record SessionResult(ReadOnlyMemory<byte> Output, ReadOnlyMemory<byte> Errors, bool IsTruncated);

/// <summary>Starts and ends the processes of sessions. Calls return in bounded time, and may come from many threads at once.</summary>
/// <remarks>What cannot be reached is an answer with <see cref="SessionEndings.RunnerUnavailable"/>, no exception.</remarks>
public interface ISessionRunner : IAsyncDisposable
{
    /// <summary><c>process</c> or <c>kubernetes</c>.</summary>
    string Name { get; }

    /// <summary>Null when sessions can be started; else what is wrong and what to do, for <c>/readyz</c> and the log.</summary>
    string? Fault { get; }

    /// <summary>The host that lives here, whose life the desk tells to the store; null: none, or none that needs it.</summary>
    string? LivingHost => null;

    /// <summary>Hosts that are known to be gone: the sessions that the store still has there are over.</summary>
    IReadOnlyCollection<string> LostHosts => [];

    /// <summary>Clients that are attached to a session now; null where this gateway cannot tell.</summary>
    int? ViewersOf(SessionId id) => null;

    /// <summary>Begins to watch. What it sees, of sessions of other gateways too where it can, goes to <paramref name="news"/>, which does not block.</summary>
    Task StartAsync(Action<RunnerNews> news, CancellationToken cancellation);

    Task<StartAnswer> StartSessionAsync(SessionOrder order, CancellationToken cancellation);

    /// <summary>Ends it, with all its processes. Twice is once; one that is gone is ended. False when nobody could be reached who could end it: to be tried again.</summary>
    Task<bool> EndSessionAsync(SessionRecord record, SessionEnding why, CancellationToken cancellation);

    /// <summary>Null when it has none, or no more.</summary>
    Task<SessionResult?> ResultAsync(SessionRecord record, CancellationToken cancellation);

    /// <summary>All sessions that still run here, of every gateway; null when that cannot be told. A record of this runner that is running and not among them ended unseen.</summary>
    Task<IReadOnlySet<SessionId>?> LivingAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlySet<SessionId>?>(null);

    /// <summary>Ends what runs here and is in nobody's book: <paramref name="isKnown"/> says which are. Any instance may call it. Returns how many.</summary>
    Task<int> SweepAsync(Func<SessionId, Task<bool>> isKnown, CancellationToken cancellation);
}
