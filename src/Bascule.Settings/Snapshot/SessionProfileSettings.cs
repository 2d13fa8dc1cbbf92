namespace Bascule.Settings;

public enum SessionRecording
{
    Off,

    /// <summary>When what began and ended, without a byte of it.</summary>
    Metadata,

    /// <summary>What was printed.</summary>
    Output,

    /// <summary>What was typed, too: passwords are in it.</summary>
    Input,
}

/// <summary>Something that users can start.</summary>
public sealed record SessionProfileSettings
{
    [Setting("Program and arguments, word by word; no shell reads them. It runs where the caller brings no command of his own.")]
    public IReadOnlyList<string> Command { get; init; } = [];

    [Setting("What a caller's own command may begin with, one word or more: `info`, `info domain`; `*`: anything. Empty: callers bring no command.")]
    public IReadOnlyList<string> Allow { get; init; } = [];

    [Setting("Words before a caller's own command: with `gam` here, `info domain` runs `gam info domain`.")]
    public IReadOnlyList<string> Prefix { get; init; } = [];

    [Setting("Whether it has a terminal. Without one it is a command with stdout and stderr apart, whose result is kept.")]
    public bool Tty { get; init; } = true;

    [Setting("Roles of users who may use it, one of them. Empty: everyone who may have sessions.")]
    public IReadOnlyList<string> Roles { get; init; } = [];

    [Setting("Environment variables of the process, beside the few that pass: TERM, LANG, LC_*, TZ, HOME, USER, PATH, SHELL.", Secret = true)]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    [Setting("Folder in which it starts. Without it: the host's own.")]
    public string? WorkingDirectory { get; init; }

    [Setting("Instead of sessions.idle. A command without a terminal has none by default: it may be silent for long.", MayBeOff = true, Min = "10s", Max = "30d")]
    public TimeSpan? Idle { get; init; }

    [Setting("Instead of sessions.maximumLife.", Min = "1s", Max = "30d")]
    public TimeSpan? MaximumLife { get; init; }

    [Setting("Longest run of a command without a terminal.", Min = "1s", Max = "30d")]
    public TimeSpan? Deadline { get; init; }

    [Setting("Bytes that the result of a command keeps of stdout, and of stderr.", Min = "1024", Max = "8388608")]
    public int OutputCap { get; init; } = 1024 * 1024;

    [Setting("What is recorded: `off`, `metadata`, `output`, or `input` (output and input; passwords that are typed are in it).")]
    public SessionRecording Recording { get; init; } = SessionRecording.Off;

    [Setting("Image of the pod; instead of sessions.kubernetes.image.")]
    public string? Image { get; init; }

    [Setting("What its processes may use.")]
    public SessionLimitSettings Limits { get; init; } = new();
}

/// <summary>Bounds of the processes of one session. What is not set is not limited by us.</summary>
public sealed record SessionLimitSettings
{
    [Setting("Bytes of memory.", Min = "1048576", Max = "1000000000000")]
    public long? Memory { get; init; }

    [Setting("Seconds of processor time.", Min = "1", Max = "10000000")]
    public int? CpuSeconds { get; init; }

    [Setting("Processes and threads.", Min = "1", Max = "1000000")]
    public int? Processes { get; init; }

    [Setting("Open files.", Min = "16", Max = "1000000")]
    public int? OpenFiles { get; init; }
}
