using System.Globalization;

namespace Bascule.Load;

/// <summary>The tables of handshakes and round trips, and the picture of the latter.</summary>
internal static class Latencies
{
    private const int Bars = 10;
    private const int BarColumns = 40;
    private static readonly double[] Percents = [50, 90, 99, 99.9];

    internal static void Handshakes(LoadResult result, TextLayout text) => Table("Handshakes", text, result.Targets.SelectMany(target => new[]
    {
        Row(Name(result, target, "whole"), target.Connect),
        Row(Name(result, target, "tcp"), target.Tcp),
        Row(Name(result, target, "tls"), target.Tls),
        Row(Name(result, target, "upgrade"), target.Upgrade),
    }));

    internal static void RoundTrips(LoadResult result, TextLayout text)
    {
        var isPlanned = result.Plan.Rate is not null;
        var rows = result.Targets.SelectMany(target => isPlanned
            ? [Row(Name(result, target, "corrected"), target.RoundTrip), Row(Name(result, target, "raw"), target.RawRoundTrip)]
            : new[] { Row(Name(result, target, "echo"), target.RoundTrip) }).ToList();
        if (!Table("Round trips", text, rows))
            return;
        text.Paragraph(isPlanned
            ? "corrected: from the moment a message was due, as a user feels it; raw: from the moment it was sent, blind for the wait before."
            : "One after the other, without --rate: a stall delays the messages behind it, and these figures do not show that.", colour: Colour.Dim);
        if (text.IsColored)
            foreach (var target in result.Targets.Where(target => target.RoundTrip.Count > 0))
                Picture(target, text);
    }

    private static string Name(LoadResult result, TargetResult target, string what) => result.Targets.Count == 1 ? what : $"{target.Label} {what}";

    private static TextRow? Row(string name, LatencyHistogram histogram) => histogram.Count == 0 ? null : new TextRow([
        name,
        Readable.Count(histogram.Count),
        .. Percents.Select(percent => Readable.Nanoseconds((double?)histogram.Percentile(percent))),
        Readable.Nanoseconds((double?)histogram.Max)]);

    private static bool Table(string title, TextLayout text, IEnumerable<TextRow?> rows)
    {
        var known = rows.OfType<TextRow>().ToList();
        if (known.Count == 0)
            return false;
        text.Title(title);
        text.Table(["", "count", .. Percents.Select(percent => string.Create(CultureInfo.InvariantCulture, $"p{percent}")), "max"], known);
        return true;
    }

    /// <summary>Steps of equal ratio between the shortest and the longest: latencies spread over powers of ten.</summary>
    private static void Picture(TargetResult target, TextLayout text)
    {
        var histogram = target.RoundTrip;
        double min = Math.Max(1, histogram.Min ?? 1), max = Math.Max(min + 1, histogram.Max ?? 1);
        var counts = new long[Bars];
        foreach (var (value, count) in histogram.Buckets())
            counts[Math.Clamp((int)(Math.Log(Math.Max(value, min) / min) / Math.Log(max / min) * Bars), 0, Bars - 1)] += count;
        text.Empty();
        for (var i = 0; i < Bars; i++)
        {
            var bar = counts[i] == 0 ? "" : new string('\u2588', Math.Max(1, (int)(counts[i] * BarColumns / counts.Max())));
            var upTo = Readable.Nanoseconds(min * Math.Pow(max / min, (i + 1.0) / Bars));
            text.Line($"{(i == 0 ? target.Label : ""),-8}{"<= " + upTo,12}  {Readable.Percent((double)counts[i] / histogram.Count),10}  {bar}".TrimEnd());
        }
    }
}
