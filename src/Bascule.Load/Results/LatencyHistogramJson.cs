using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bascule.Load;

/// <summary>
/// The JSON of a histogram: count, minNs, maxNs, meanNs, stddevNs, percentiles as far as there are samples, and <c>buckets</c>,
/// pairs of value and count, from which it can be read back and merged.
/// </summary>
public sealed class LatencyHistogramJson : JsonConverter<LatencyHistogram>
{
    /// <summary>The percentiles that reports tell.</summary>
    public static IReadOnlyList<double> Percentiles { get; } = [50, 75, 90, 99, 99.9, 99.99];

    public override LatencyHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var read = new LatencyHistogram();
        foreach (var bucket in document.RootElement.GetProperty("buckets").EnumerateArray())
            read.Add(bucket[0].GetInt64(), bucket[1].GetInt64());
        if (document.RootElement.TryGetProperty("minNs", out var min))
            read.Widen(min.GetInt64(), document.RootElement.GetProperty("maxNs").GetInt64());
        return read;
    }

    public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("count", value.Count);
        if (value is { Min: { } min, Max: { } max })
        {
            writer.WriteNumber("minNs", min);
            writer.WriteNumber("meanNs", Math.Round(value.Mean() ?? min));
            writer.WriteNumber("stddevNs", Math.Round(value.StandardDeviation() ?? 0));
            foreach (var percent in Percentiles)
                if (value.Percentile(percent) is { } at)
                    writer.WriteNumber(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"p{percent}Ns"), at);
            writer.WriteNumber("maxNs", max);
        }

        writer.WriteStartArray("buckets");
        foreach (var (bucket, count) in value.Buckets())
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(bucket);
            writer.WriteNumberValue(count);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
