namespace Bascule.Sessions;

/// <summary>Why sessions end, by label: metric, audit, API and pages read the same row.</summary>
/// <param name="Label">Stable snake_case name.</param>
/// <param name="Advice">What it means for the user, and what to do.</param>
/// <param name="IsFault">Whether an operator wants to know: it counts for the alert on creations, or on losses.</param>
public sealed record SessionEnding(string Label, string Advice, bool IsFault)
{
    /// <summary>Whether a process ran and was there to the end, so that its output can be asked for.</summary>
    public bool LeavesResult => Label is "exited" or "signalled" or "deadline" or "idle" or "maximum_life" or "detached" or "out_of_memory";

    public override string ToString() => Label;
}

/// <summary>All of them. A test compares this list with the fields.</summary>
public static class SessionEndings
{
    public static readonly SessionEnding Exited = new("exited", "The command ended by itself. Its exit code is given.", false);
    public static readonly SessionEnding Signalled = new("signalled", "A signal ended the command. It is given.", false);
    public static readonly SessionEnding Deadline = new("deadline", "The command ran longer than its profile lets it, and was ended.", false);
    public static readonly SessionEnding Idle = new("idle", "Nothing was typed or printed for too long. Start another session.", false);
    public static readonly SessionEnding MaximumLife = new("maximum_life", "The session reached its longest life. Start another one.", false);
    public static readonly SessionEnding Detached = new("detached", "Nobody was attached for too long. Start another session.", false);
    public static readonly SessionEnding Deleted = new("deleted", "It was deleted by its user or an operator.", false);
    public static readonly SessionEnding HostStopping = new("host_stopping", "The machine that had it stops. Start another session.", false);
    public static readonly SessionEnding HostLost = new("host_lost", "The process or machine that had it is gone, and the session with it. Start another one.", true);
    public static readonly SessionEnding OutOfMemory = new("out_of_memory", "It used more memory than it may, and was ended. Ask for a profile with more.", false);
    public static readonly SessionEnding CommandNotFound = new("command_not_found", "There is no such program where the session runs. Look at the command of the profile.", true);
    public static readonly SessionEnding StartFailed = new("start_failed", "It could not be started. The text says why; an operator must act.", true);
    public static readonly SessionEnding StartTimeout = new("start_timeout", "It was not running in time. The text says what it waited for.", true);
    public static readonly SessionEnding RunnerUnavailable = new("runner_unavailable", "What starts sessions cannot be reached. Try again later; an operator must act.", true);
    public static readonly SessionEnding RunnerDenied = new("runner_denied", "Kubernetes refuses this gateway (RBAC). An operator must give it the role of deploy/kubernetes.", true);
    public static readonly SessionEnding RunnerQuota = new("runner_quota", "The quota of the namespace is used up. End other sessions, or ask for more.", true);
    public static readonly SessionEnding PodRejected = new("pod_rejected", "Kubernetes does not accept the pod. The text says which field; an operator must change the profile.", true);
    public static readonly SessionEnding ImagePull = new("image_pull", "The image cannot be pulled. Look at its name, its tag and the pull secret.", true);
    public static readonly SessionEnding Unschedulable = new("unschedulable", "No node has room for the pod. The text says what each lacks.", true);
    public static readonly SessionEnding Evicted = new("evicted", "The node had too little memory or disk, and the pod was put out. Start another session.", true);

    /// <summary>In the order of the page.</summary>
    public static IReadOnlyList<SessionEnding> All { get; } =
    [
        Exited, Signalled, Deadline, Idle, MaximumLife, Detached, Deleted, HostStopping, HostLost, OutOfMemory, CommandNotFound, StartFailed, StartTimeout,
        RunnerUnavailable, RunnerDenied, RunnerQuota, PodRejected, ImagePull, Unschedulable, Evicted,
    ];

    public static SessionEnding Of(string label) => All.FirstOrDefault(ending => ending.Label == label) ?? StartFailed;
}
