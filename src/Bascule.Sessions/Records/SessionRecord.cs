namespace Bascule.Sessions;

/// <summary>Goes forward only.</summary>
public enum SessionState
{
    /// <summary>Its process is being started: a pod may take minutes.</summary>
    Starting,

    Running,

    /// <summary>Over: <see cref="SessionRecord.End"/> says why.</summary>
    Ended,
}

/// <summary>Where a session runs.</summary>
/// <param name="Runner"><c>process</c> or <c>kubernetes</c>.</param>
/// <param name="Host">The host process, or the name of the pod.</param>
/// <param name="Uid">Of the pod, so that no namesake is taken for it; null for processes.</param>
/// <param name="Url">Of its terminal server; null while it starts.</param>
public sealed record SessionPlace(string Runner, string Host, string? Uid, Uri? Url);

/// <summary>Why and how a session is over.</summary>
/// <param name="Ending">Label: a row of <see cref="SessionEndings"/>.</param>
/// <param name="Text">In words a user understands; may name the event of Kubernetes.</param>
/// <param name="ExitCode">Of the command, when it exited.</param>
/// <param name="Signal">Name of the signal that ended it, for example <c>SIGKILL</c>.</param>
public sealed record SessionEnd(string Ending, string Text, DateTimeOffset At, int? ExitCode = null, string? Signal = null)
{
    /// <summary>The last link of the hash chain of its recording; null when there is none.</summary>
    public string? RecordingDigest { get; init; }
}

/// <summary>What is known of one session, by every gateway.</summary>
public sealed record SessionRecord
{
    public required SessionId Id { get; init; }

    /// <summary>Rises by one with each change in the store.</summary>
    public long Version { get; init; }

    /// <summary>The user who made it; null where nobody is asked who he is.</summary>
    public string? Owner { get; init; }

    public string? Tenant { get; init; }

    /// <summary>What people call it; may be empty.</summary>
    public string Name { get; init; } = "";

    public required string Profile { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Whether it has a terminal; else it is a one-shot command with stdout and stderr.</summary>
    public bool Tty { get; init; } = true;

    public SessionState State { get; init; }

    /// <summary>What is going on while it starts: <c>the image is being pulled</c>.</summary>
    public string Progress { get; init; } = "";

    public SessionPlace? Place { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>At the latest it is over then.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public SessionEnd? End { get; init; }

    /// <summary>Of the last change of its writer that was written down; 0: none was.</summary>
    public long Fence { get; init; }
}
