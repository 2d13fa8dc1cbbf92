using System.Globalization;

namespace Bascule.Load;

/// <summary>One header line, and one row for each target: for a spreadsheet, or to append runs to a file. Fields: docs/load-report.md.</summary>
/// <remarks>Source: RFC 4180. What is not known is empty.</remarks>
public static class CsvReport
{
    private static readonly (string Name, Func<LoadReport, TargetResult, object?> Of)[] Fields =
    [
        ("started", (report, _) => report.Result.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
        ("program", (report, _) => report.Result.Environment?.Program),
        ("target", (_, target) => target.Label),
        ("urls", (report, target) => UrlsOf(report.Result.Plan, target.Label)),
        ("mode", (report, _) => PlanText.Name(report.Result.Plan.Mode)),
        ("connections", (report, _) => report.Result.Plan.Connections),
        ("ramp_per_second", (report, _) => report.Result.Plan.Ramp),
        ("rate_per_second", (report, _) => report.Result.Plan.Rate),
        ("size_bytes", (report, _) => report.Result.Plan.Size),
        ("duration_seconds", (report, _) => report.Result.Duration.TotalSeconds),
        ("verdict", (report, _) => Word(report.Verdict)),
        ("attempts", (_, target) => target.Attempts),
        ("opened", (_, target) => target.Opened),
        ("failed", (_, target) => target.FailedAttempts),
        ("fail_rate", (_, target) => Figures.FailRate(target)),
        ("lost", (_, target) => target.Lost),
        ("retried", (_, target) => target.Retried),
        ("open_end", (_, target) => target.OpenAtEnd),
        ("open_max", (_, target) => target.MostOpen),
        ("sent", (_, target) => target.Sent),
        ("received", (_, target) => target.Received),
        ("messages_lost", (_, target) => target.LostMessages),
        ("in_flight", (_, target) => target.InFlightAtEnd),
        ("messages_per_second", (report, target) => Figures.MessagesPerSecond(report.Result, target)),
        ("failures", (_, target) => Figures.Failures(target)),
        ("most_frequent_failure", (_, target) => Figures.MostFrequent(target)?.Class),
        .. Latency("connect", target => target.Connect),
        .. Latency("rtt", target => target.RoundTrip),
        .. Latency("rtt_raw", target => target.RawRoundTrip),
        ("late_rate", (report, _) => Figures.LateRate(report.Result.Generator)),
    ];

    /// <param name="hasHeader">False to append to a file that has one.</param>
    public static void Write(LoadReport report, TextWriter to, bool hasHeader = true)
    {
        if (hasHeader)
            to.Write(string.Join(',', Fields.Select(field => field.Name)) + "\r\n");
        foreach (var target in report.Result.Targets)
            to.Write(string.Join(',', Fields.Select(field => Quoted(field.Of(report, target)))) + "\r\n");
    }

    private static IEnumerable<(string Name, Func<LoadReport, TargetResult, object?> Of)> Latency(string name, Func<TargetResult, LatencyHistogram> histogram) =>
        from figure in new[] { ("p50", 50), ("p90", 90), ("p99", 99), ("p999", 99.9), ("max", 100) }
        select ($"{name}_{figure.Item1}_ms", (Func<LoadReport, TargetResult, object?>)((_, target) => histogram(target).Percentile(figure.Item2) / 1e6));

    private static string UrlsOf(LoadPlan plan, string label) =>
        string.Join(' ', plan.Targets.Where(target => target.Label == label).SelectMany(target => target.Urls).Select(url => Redaction.Url(url).OriginalString));

    /// <summary>As in the JSON: <c>thresholdFailed</c>.</summary>
    private static string Word(LoadVerdict verdict) => verdict.ToString() is var name ? char.ToLowerInvariant(name[0]) + name[1..] : "";

    private static string Quoted(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
