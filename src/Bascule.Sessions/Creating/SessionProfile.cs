namespace Bascule.Sessions;

/// <summary>A kind of session that a gateway offers: what runs, who may have it, and its bounds.</summary>
public sealed record SessionProfile
{
    public required string Name { get; init; }

    /// <summary>The command of a session whose caller brings none; empty: he must bring one.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Words before the command that a caller brings: with <c>gam</c> here, <c>info domain</c> runs <c>gam info domain</c>.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>What a caller's own command may begin with, one word or more each; <c>*</c>: anything; empty: he may bring none.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Who has one of them may use it; empty: everybody.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Whether it has a terminal; else it is a one-shot command with stdout and stderr.</summary>
    public bool Tty { get; init; } = true;

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string? WorkingDirectory { get; init; }

    /// <summary>Null: that of <see cref="SessionRules"/> for terminals, and none for one-shot commands, which may be silent for long.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>Null: that of <see cref="SessionRules"/>.</summary>
    public TimeSpan? MaximumLife { get; init; }

    /// <summary>Of one-shot commands; null: the maximum life alone.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Bytes that a result keeps of stdout and of stderr.</summary>
    public int OutputCap { get; init; } = 1 << 20;

    /// <summary><c>off</c>, <c>metadata</c>, <c>output</c> or <c>input</c> (output and input).</summary>
    public string Recording { get; init; } = "off";

    /// <summary>Image of the pod; null for processes.</summary>
    public string? Image { get; init; }

    public SessionLimits Limits { get; init; } = new();
}
