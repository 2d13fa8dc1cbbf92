using System.Globalization;
using System.Text;
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

    /// <exception cref="JsonException">A bucket that no histogram of this kind has, or no buckets at all.</exception>
    public override LatencyHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("buckets", out var buckets) || buckets.ValueKind != JsonValueKind.Array)
            throw new JsonException("A histogram needs `buckets`, a list of pairs of value and count.");
        var read = new LatencyHistogram();
        if (LimitOf(root, "minNs") is { } min && LimitOf(root, "maxNs") is { } max)
            read.Widen(min, max);
        foreach (var bucket in buckets.EnumerateArray())
        {
            if (Pair(bucket) is not var (value, count))
                throw new JsonException($"A bucket of a histogram is {bucket.GetRawText()}; expected is [nanoseconds, count].");
            if (read.Min is null)
                throw new JsonException("A histogram with something in its buckets needs `minNs` and `maxNs`.");
            read.AddTo(value, count);
        }

        return read;
    }

    public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
    {
        var buckets = value.Buckets().ToList();
        writer.WriteStartObject();
        writer.WriteNumber("count", buckets.Sum(bucket => bucket.Count));
        if (value is { Min: { } min, Max: { } max })
        {
            writer.WriteNumber("minNs", min);
            writer.WriteNumber("meanNs", Math.Round(value.Mean() ?? min));
            writer.WriteNumber("stddevNs", Math.Round(value.StandardDeviation() ?? 0));
            foreach (var percent in Percentiles)
                if (value.Percentile(percent) is { } at)
                    writer.WriteNumber(string.Create(CultureInfo.InvariantCulture, $"p{percent}Ns"), at);
            writer.WriteNumber("maxNs", max);
        }

        writer.WritePropertyName("buckets");
        writer.WriteRawValue(OnOneLine(buckets));
        writer.WriteEndObject();
    }

    /// <summary>Thousands of pairs: a line for each number, as an indenting writer would have it, helps nobody.</summary>
    private static string OnOneLine(List<(long Value, long Count)> buckets)
    {
        var text = new StringBuilder("[");
        foreach (var (value, count) in buckets)
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 1 ? "," : "")}[{value},{count}]");
        return text.Append(']').ToString();
    }

    private static (long Value, long Count)? Pair(JsonElement bucket) =>
        bucket.ValueKind == JsonValueKind.Array && bucket.GetArrayLength() == 2
        && bucket[0].ValueKind == JsonValueKind.Number && bucket[0].TryGetInt64(out var value) && LatencyHistogram.IsBucket(value)
        && bucket[1].ValueKind == JsonValueKind.Number && bucket[1].TryGetInt64(out var count) && count > 0
            ? (value, count)
            : null;

    private static long? LimitOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var limit) && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt64(out var value)
            && value is >= 0 and <= LatencyHistogram.LongestNanoseconds
            ? value
            : null;
}
