using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Terminal;

/// <summary>The terminal of a recording.</summary>
public sealed record CastTerm(int Cols, int Rows, string? Type = null);

/// <summary>First line of an asciicast v3.</summary>
/// <param name="Timestamp">Of the start: seconds since 1970.</param>
public sealed record CastHeader(int Version, CastTerm Term, long Timestamp, string? Command = null, string? Title = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CastHeader))]
internal sealed partial class CastJson : JsonSerializerContext;
