using System.Globalization;

namespace Bascule.Terminal;

/// <summary>Bounds of an order; null: none.</summary>
public sealed record LimitsDocument(long? MemoryBytes, int? CpuSeconds, int? Processes, int? OpenFiles);

/// <summary>The body of <c>PUT /v1/terminals/{id}</c>.</summary>
/// <remarks>Its properties can be set, since generated readers give those that are init-only no default of ours.</remarks>
public sealed record OrderDocument
{
    // Longer times are slips of the pen: a year of seconds is 31,536,000.
    private const double MostSeconds = 31_536_000;
    private const int ShortestKey = 16;
    private const int MostViewers = 1000;

    public IReadOnlyList<string>? Command { get; set; }

    public bool Tty { get; set; } = true;

    public IReadOnlyDictionary<string, string>? Environment { get; set; }

    public string? WorkingDirectory { get; set; }

    public int Columns { get; set; } = TerminalSize.Standard.Columns;

    public int Rows { get; set; } = TerminalSize.Standard.Rows;

    public int ScrollbackBytes { get; set; } = 1 << 20;

    public int OutputCap { get; set; } = 1 << 20;

    public double? DeadlineSeconds { get; set; }

    public double? IdleSeconds { get; set; }

    public double? MaximumLifeSeconds { get; set; }

    public double? DetachGraceSeconds { get; set; }

    public double HoldSeconds { get; set; } = 60;

    /// <summary>Most that may be attached at once.</summary>
    public int Viewers { get; set; } = 16;

    public LimitsDocument? Limits { get; set; }

    public string Recording { get; set; } = "off";

    public string? Key { get; set; }

    /// <returns>The order, or what is wrong with it.</returns>
    public (TerminalOrder? Order, string? Fault) Read(string id)
    {
        if (Fault() is { } fault)
            return (null, fault);
        return (new TerminalOrder
        {
            Id = id,
            Command = Command!,
            Tty = Tty,
            Environment = Environment ?? new Dictionary<string, string>(StringComparer.Ordinal),
            WorkingDirectory = WorkingDirectory,
            Size = TerminalSize.Clamp(Columns, Rows),
            ScrollbackBytes = ScrollbackBytes,
            OutputCap = OutputCap,
            Deadline = Span(DeadlineSeconds),
            Idle = Span(IdleSeconds),
            MaximumLife = Span(MaximumLifeSeconds),
            DetachGrace = Span(DetachGraceSeconds),
            Hold = TimeSpan.FromSeconds(HoldSeconds),
            Limits = new ProcessLimits(Limits?.OpenFiles, Limits?.Processes, Limits?.MemoryBytes, Limits?.CpuSeconds),
            Recording = ModeOf(Recording)!.Value,
            Key = Key,
        }, null);
    }

    private static RecordingMode? ModeOf(string text) => text switch
    {
        "off" => RecordingMode.Off,
        "metadata" => RecordingMode.Metadata,
        "output" => RecordingMode.Output,
        "input" => RecordingMode.Input,
        _ => null,
    };

    private static TimeSpan? Span(double? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;

    private static bool IsTime(double? seconds) => seconds is null or (> 0 and <= MostSeconds);

    private string? Fault() => this switch
    {
        { Command: null or [] } or { Command: ["", ..] } => "command must be a list whose first entry names a program.",
        { ScrollbackBytes: < TerminalOrder.LeastScrollback or > TerminalOrder.MostScrollback } =>
            $"scrollbackBytes is {ScrollbackBytes}; set {TerminalOrder.LeastScrollback} to {TerminalOrder.MostScrollback}.",
        { OutputCap: < 0 or > TerminalOrder.MostOutputCap } => $"outputCap is {OutputCap}; set 0 to {TerminalOrder.MostOutputCap}.",
        { Viewers: < 1 or > MostViewers } => $"viewers is {Viewers}; set 1 to {MostViewers}.",
        { Key: { Length: < ShortestKey } } => $"key has {Key.Length} characters; it needs {ShortestKey}.",
        { Limits: { MemoryBytes: <= 0 } or { CpuSeconds: <= 0 } or { Processes: <= 0 } or { OpenFiles: <= 0 } } => "limits must be null or above 0.",
        _ when ModeOf(Recording) is null => "recording must be off, metadata, output or input.",
        _ when !IsTime(DeadlineSeconds) || !IsTime(IdleSeconds) || !IsTime(MaximumLifeSeconds) || !IsTime(DetachGraceSeconds) || HoldSeconds is not (>= 0 and <= MostSeconds) =>
            string.Create(CultureInfo.InvariantCulture, $"A time must be null, or above 0 and at most {MostSeconds} s; holdSeconds may be 0."),
        _ when Environment?.Any(pair => pair.Value is null) == true || Command.Any(part => part is null) => "Neither a part of the command nor a value of the environment may be null.",
        _ => null,
    };
}
