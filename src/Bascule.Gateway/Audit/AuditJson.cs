using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>An audit entry as one line of JSON, and back.</summary>
public static class AuditJson
{
    // Readable, as all JSON of ours; control characters and line separators are still escaped, so that an entry stays one line.
    private static readonly AuditEntryJson Readable = new(new JsonSerializerOptions(AuditEntryJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The line, without a line break.</summary>
    public static string Line(AuditEntry entry) => JsonSerializer.Serialize(entry, Readable.AuditEntry);

    /// <returns>False when the line is no entry: half written, or somebody else's.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out AuditEntry entry)
    {
        entry = null!;
        try
        {
            entry = JsonSerializer.Deserialize(line, Readable.AuditEntry)!;
        }
        catch (JsonException)
        {
            // The answer says it.
        }

        return entry is not null;
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out AuditEntry)"/>
    public static bool TryRead(string line, out AuditEntry entry) => TryRead(Encoding.UTF8.GetBytes(line), out entry);

    internal static void Write(IBufferWriter<byte> lines, AuditEntry entry)
    {
        using (var json = new Utf8JsonWriter(lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(json, entry, Readable.AuditEntry);
        lines.Write("\n"u8);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditEntryJson : JsonSerializerContext;

/// <summary>Time in UTC with milliseconds, as the log tells it.</summary>
internal sealed class AuditTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[32];
        value.UtcDateTime.TryFormat(text, out var length, LineFormatter.TimeFormat, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>An attempt id as its 32 digits.</summary>
internal sealed class AuditAttempt : JsonConverter<AttemptId>
{
    public override AttemptId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AttemptId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException("An attempt id has 32 hexadecimal digits.");

    public override void Write(Utf8JsonWriter writer, AttemptId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
