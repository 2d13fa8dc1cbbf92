using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Load;

/// <summary>Durations as plain numbers of seconds, with the unit in the name of the property: <c>duration</c> becomes <c>durationSeconds</c>.</summary>
internal sealed class SecondsJson : JsonConverter<TimeSpan>
{
    /// <summary>For a contract resolver: renames every duration of our records.</summary>
    internal static void NameUnits(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.PropertyType == typeof(TimeSpan) || property.PropertyType == typeof(TimeSpan?))
                property.Name += "Seconds";
    }

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var seconds = reader.GetDouble();
        return Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond))
            : throw new JsonException($"{seconds} seconds are more than a duration can be.");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((decimal)value.Ticks / TimeSpan.TicksPerSecond);
}
