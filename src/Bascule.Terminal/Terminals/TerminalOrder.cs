namespace Bascule.Terminal;

/// <summary>What is to be started, and the bounds of its life.</summary>
public sealed record TerminalOrder
{
    /// <summary>Bounds of <see cref="ScrollbackBytes"/>: one screen of a large terminal with colours, and what 500 sessions may have on a small machine.</summary>
    public const int LeastScrollback = 64 << 10;
    public const int MostScrollback = 8 << 20;

    /// <summary>Bound of <see cref="OutputCap"/>: two streams of it, in base64, are one answer.</summary>
    public const int MostOutputCap = 8 << 20;

    public required string Id { get; init; }

    /// <summary>The program and its arguments, as they are: no shell reads them.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Whether it gets a terminal; else it is a one-shot command with three pipes.</summary>
    public bool Tty { get; init; } = true;

    /// <summary>What is added to the allowed names of the host's own environment (<see cref="ChildEnvironment"/>).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Null: the host's own.</summary>
    public string? WorkingDirectory { get; init; }

    public TerminalSize Size { get; init; } = TerminalSize.Standard;

    /// <summary>Output that is kept for who comes back, of each stream. 64 KiB to 8 MiB.</summary>
    public int ScrollbackBytes { get; init; } = 1 << 20;

    /// <summary>The first bytes of stdout and of stderr that the result of a one-shot command keeps. At most 8 MiB.</summary>
    public int OutputCap { get; init; } = 1 << 20;

    /// <summary>How long it may run in all; meant for one-shot commands. Null: no deadline.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How long there may be neither input nor output. Null: for ever.</summary>
    public TimeSpan? Idle { get; init; }

    public TimeSpan? MaximumLife { get; init; }

    /// <summary>How long the program waits for a writer that was cut, or has not come yet, before old output is let go.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ends it when nobody was attached for so long. Null: never.</summary>
    public TimeSpan? DetachGrace { get; init; }

    public ProcessLimits Limits { get; init; } = new();

    public RecordingMode Recording { get; init; }

    /// <summary>Secret that the terms of its clients are sealed with.</summary>
    public string? Key { get; init; }

    /// <summary>Neither the key nor the environment, which may hold secrets.</summary>
    public override string ToString() => $"{Id}: {string.Join(' ', Command)}";
}
