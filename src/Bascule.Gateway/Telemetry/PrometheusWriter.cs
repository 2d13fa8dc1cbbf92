using System.Globalization;
using System.Text;
using Bascule.Hub;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Bascule.Gateway;

/// <summary>Writes metrics in the Prometheus text exposition format 0.0.4: one family per name, each series once.</summary>
/// <remarks>Source: prometheus.io/docs/instrumenting/exposition_formats, and for names the OpenTelemetry specification "Prometheus compatibility".</remarks>
internal sealed class PrometheusWriter
{
    /// <summary>The runtime declares them as counters, though they go down too (seen with .NET 10).</summary>
    private static readonly HashSet<string> NoCounters = new(StringComparer.Ordinal) { "dotnet.thread_pool.queue.length", "dotnet.thread_pool.thread.count" };

    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Adds all series of a metric. A series that is there already, or a name that is there with another type, is left out.</summary>
    internal void Add(Metric metric)
    {
        var type = NoCounters.Contains(metric.Name) ? "gauge" : Type(metric.MetricType);
        var name = PrometheusNames.Family(metric.Name, metric.Unit, type);
        if (!_families.TryGetValue(name, out var family))
            _families[name] = family = new Family(type, metric.Description);
        if (family.Type != type)
            return;
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            if (!family.Seen.Add(labels))
                continue;
            if (type == "histogram")
                WriteHistogram(family.Lines, name, labels, point);
            else
                Sample(family.Lines, name, labels, Value(metric.MetricType, point));
        }
    }

    /// <summary>Adds a histogram that was counted elsewhere.</summary>
    internal void Add(string name, string help, (string Name, string Value) label, FanoutFigures counted)
    {
        if (!_families.TryGetValue(name, out var family))
            _families[name] = family = new Family("histogram", help);
        var labels = $"{label.Name}=\"{Escape(label.Value)}\"";
        long below = 0;
        foreach (var (bucket, count) in counted.Counts.Index())
        {
            below += count;
            Bucket(family.Lines, name, labels, bucket < counted.Bounds.Count ? counted.Bounds[bucket] : double.PositiveInfinity, below);
        }

        Total(family.Lines, name, labels, counted.Seconds, below);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, family) in _families)
        {
            if (family.Lines.Length == 0)
                continue;
            // A family without words still gets its line: promtool wants one.
            var help = family.Help.Length == 0 ? name : family.Help;
            text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings("\\n")).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n').Append(family.Lines);
        }

        return text.ToString();
    }

    /// <summary>A number as Prometheus reads it.</summary>
    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Type(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        MetricType.ExponentialHistogram => throw new NotSupportedException("An exponential histogram has no place in the text format. Give the instrument fixed buckets."),
        _ => "gauge",
    };

    private static string Value(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
        MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
        _ => Number(point.GetGaugeLastValueDouble()),
    };

    private static void WriteHistogram(StringBuilder lines, string name, string labels, in MetricPoint point)
    {
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            // The SDK counts each bucket for itself; the format wants everything below a bound.
            below += bucket.BucketCount;
            Bucket(lines, name, labels, bucket.ExplicitBound, below);
        }

        Total(lines, name, labels, point.GetHistogramSum(), point.GetHistogramCount());
    }

    private static void Bucket(StringBuilder lines, string name, string labels, double upTo, long below)
    {
        var bound = $"le=\"{Number(upTo)}\"";
        Sample(lines, name + "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", below.ToString(CultureInfo.InvariantCulture));
    }

    private static void Total(StringBuilder lines, string name, string labels, double sum, long count)
    {
        Sample(lines, name + "_sum", labels, Number(sum));
        Sample(lines, name + "_count", labels, count.ToString(CultureInfo.InvariantCulture));
    }

    private static void Sample(StringBuilder lines, string name, string labels, string value)
    {
        lines.Append(name);
        if (labels.Length > 0)
            lines.Append('{').Append(labels).Append('}');
        lines.Append(' ').Append(value).Append('\n');
    }

    /// <summary>Sorted by name, so that equal sets are equal texts.</summary>
    private static string Labels(ReadOnlyTagCollection tags)
    {
        if (tags.Count == 0)
            return "";
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
            labels.TryAdd(PrometheusNames.Label(key), Text(value));
        return string.Join(',', labels.Select(l => $"{l.Key}=\"{Escape(l.Value)}\""));
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>One name with its type and series.</summary>
    private sealed record Family(string Type, string Help)
    {
        internal StringBuilder Lines { get; } = new();

        internal HashSet<string> Seen { get; } = new(StringComparer.Ordinal);
    }
}
