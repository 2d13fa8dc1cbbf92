using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Terminal;

/// <summary>One terminal, as the API shows it.</summary>
public sealed record TerminalDocument
{
    public required string Id { get; init; }

    /// <summary><c>running</c> or <c>ended</c>.</summary>
    public required string State { get; init; }

    public required string Incarnation { get; init; }

    public required bool Tty { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public required int Pid { get; init; }

    public required int Columns { get; init; }

    public required int Rows { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset LastActivityAt { get; init; }

    public required int Viewers { get; init; }

    /// <summary>User who writes; null: nobody.</summary>
    public string? Writer { get; init; }

    public required long Fence { get; init; }

    public required long First { get; init; }

    public required long Last { get; init; }

    public required long FirstErrors { get; init; }

    public required long LastErrors { get; init; }

    public ExitFrame? Exit { get; init; }

    /// <summary>End of the hash chain of its recording; null while it runs, or when there is none.</summary>
    public string? RecordingDigest { get; init; }
}

public sealed record TerminalsDocument(string Host, long Last, IReadOnlyList<TerminalDocument> Terminals);

/// <summary>What a terminal put out.</summary>
/// <param name="Exit">Null while it runs.</param>
public sealed record ResultDocument(ExitFrame? Exit, ReadOnlyMemory<byte> Stdout, ReadOnlyMemory<byte> Stderr, long StdoutBytes, long StderrBytes, bool Truncated);

/// <summary>One thing that happened at a host.</summary>
public sealed record ChangeDocument(long Number, string Kind, string Terminal, DateTimeOffset At)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExitFrame? Exit { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Viewers { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RecordingDigest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WriterDocument? Writer { get; init; }
}

/// <summary>Another client has the seat of the writer now.</summary>
/// <param name="User">Who writes; null: nobody knows a name.</param>
/// <param name="Before">Who wrote before.</param>
/// <param name="Attempt">Of the connection that took it.</param>
/// <param name="Client">Its address, as the gateway knows it.</param>
public sealed record WriterDocument(long Fence, string? User, string? Before, string? Attempt, string? Client);

/// <param name="Lost">What is asked for is not remembered: the terminals must be listed.</param>
public sealed record ChangesDocument(string Host, long Last, bool Lost, IReadOnlyList<ChangeDocument> Changes);

public sealed record HostHealthDocument(string Status, string Host, string Version, int Terminals, double UptimeSeconds);

/// <summary>RFC 9457, with our label.</summary>
public sealed record HostProblemDocument(string Type, string Title, int Status, string Detail, string Label);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(OrderDocument))]
[JsonSerializable(typeof(TerminalDocument))]
[JsonSerializable(typeof(TerminalsDocument))]
[JsonSerializable(typeof(ResultDocument))]
[JsonSerializable(typeof(ChangesDocument))]
[JsonSerializable(typeof(HostHealthDocument))]
[JsonSerializable(typeof(HostProblemDocument))]
internal sealed partial class HostJson : JsonSerializerContext;
