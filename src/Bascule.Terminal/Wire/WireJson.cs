using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Terminal;

/// <summary>First frame of a client: who it is, what it has, what it wants.</summary>
/// <param name="Client">Random name that the client keeps over its connections.</param>
/// <param name="From">Bytes of output that it has; null: none.</param>
/// <param name="FromErrors">The same of stderr.</param>
/// <param name="Incarnation">The start of the terminal that the offsets belong to.</param>
public sealed record HelloFrame(string Client, long? From, long? FromErrors, string? Incarnation, int Columns, int Rows, string? Role, bool Take)
{
    [JsonIgnore]
    public ViewerRole Wish => Role == "read" ? ViewerRole.Read : ViewerRole.Write;
}

/// <summary>As Kubernetes writes it.</summary>
public sealed record ResizeFrame([property: JsonPropertyName("Width")] int Width, [property: JsonPropertyName("Height")] int Height);

/// <summary>Exactly one of them is set.</summary>
public sealed record RequestFrame(bool? Take, string? Role, string? Signal);

/// <summary>First frame of the server: what was given, and what it has.</summary>
public sealed record AttachedFrame
{
    public required string Session { get; init; }

    public required string Incarnation { get; init; }

    public required bool Tty { get; init; }

    public required string State { get; init; }

    public required long First { get; init; }

    public required long Last { get; init; }

    public long FirstErrors { get; init; }

    public long LastErrors { get; init; }

    public required int Columns { get; init; }

    public required int Rows { get; init; }

    public required string Role { get; init; }

    public required long Fence { get; init; }

    public string? Writer { get; init; }

    public required int Window { get; init; }

    public required int InputWindow { get; init; }
}

/// <summary>Begin or end of a snapshot.</summary>
public sealed record SnapshotFrame
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Begin { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool End { get; init; }

    public required int Channel { get; init; }

    /// <summary>Where the output goes on after it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Offset { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Missing { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}

/// <summary>How a terminal ended; the last frame, and part of the documents of the API.</summary>
public sealed record ExitFrame(
    string Cause, int? Code, string? Signal, DateTimeOffset StartedAt, DateTimeOffset EndedAt, double Seconds, long OutputBytes, bool Truncated);

/// <summary>Something that the client may want to show.</summary>
public sealed record NoticeFrame(string Kind, string Text)
{
    public double? Seconds { get; init; }

    public string? Role { get; init; }

    public long? Fence { get; init; }

    public string? User { get; init; }

    public int? Columns { get; init; }

    public int? Rows { get; init; }

    public int? Viewers { get; init; }

    public bool? Joined { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HelloFrame))]
[JsonSerializable(typeof(ResizeFrame))]
[JsonSerializable(typeof(RequestFrame))]
[JsonSerializable(typeof(AttachedFrame))]
[JsonSerializable(typeof(SnapshotFrame))]
[JsonSerializable(typeof(ExitFrame))]
internal sealed partial class WireJson : JsonSerializerContext;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NoticeFrame))]
internal sealed partial class NoticeJson : JsonSerializerContext;
