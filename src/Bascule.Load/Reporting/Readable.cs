using System.Globalization;

namespace Bascule.Load;

/// <summary>Numbers as people read them, three digits where more would be noise. ASCII but for the sign of micro.</summary>
internal static class Readable
{
    internal const string Unknown = "-";

    /// <summary><c>12,000</c>.</summary>
    internal static string Count(long value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary><c>56.8 %</c> of a share from 0 to 1; small ones keep two digits, and only none at all is <c>0 %</c>.</summary>
    internal static string Percent(double share)
    {
        var percent = share * 100;
        return Math.Abs(percent) switch
        {
            0 => "0 %",
            < 0.001 => percent.ToString("0.0e0", CultureInfo.InvariantCulture) + " %",
            < 0.1 => percent.ToString("0.###", CultureInfo.InvariantCulture) + " %",
            < 1 => percent.ToString("0.##", CultureInfo.InvariantCulture) + " %",
            _ => percent.ToString("0.#", CultureInfo.InvariantCulture) + " %",
        };
    }

    /// <summary><c>0.21 ms</c>, <c>85.3 µs</c>, <c>1.25 s</c>.</summary>
    internal static string Nanoseconds(double value) => Math.Abs(value) switch
    {
        0 => "0 ns",
        < 1e3 => $"{Digits(value)} ns",
        < 1e5 => $"{Digits(value / 1e3)} µs",
        < 1e9 => $"{Digits(value / 1e6)} ms",
        _ => $"{Digits(value / 1e9)} s",
    };

    internal static string Nanoseconds(double? value) => value is { } known ? Nanoseconds(known) : Unknown;

    /// <summary><c>1.25 s</c>, <c>182 s</c>.</summary>
    internal static string Seconds(TimeSpan value) => Nanoseconds((double)value.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary><c>61,250/s</c>, <c>0.25/s</c>.</summary>
    internal static string PerSecond(double value) => Math.Abs(value) >= 100 ? $"{Count((long)Math.Round(value))}/s" : $"{Digits(value)}/s";

    internal static string PerSecond(double? value) => value is { } known ? PerSecond(known) : Unknown;

    /// <summary><c>1.5 MB</c>: powers of 1,000.</summary>
    internal static string Bytes(long value) => value switch
    {
        < 1000 => $"{value} B",
        < 1_000_000 => $"{Digits(value / 1e3)} kB",
        < 1_000_000_000 => $"{Digits(value / 1e6)} MB",
        _ => $"{Digits(value / 1e9)} GB",
    };

    /// <summary><c>1 connection</c>, <c>2 connections</c>, <c>no connection</c>.</summary>
    internal static string Things(long count, string noun) => count switch
    {
        0 => $"no {noun}",
        1 => $"1 {noun}",
        _ => $"{Count(count)} {noun}s",
    };

    /// <summary>Text of a server without what a terminal would obey: line breaks, escape codes, signs that turn the direction of writing.</summary>
    internal static string Harmless(string text) => string.Concat(text.Select(c =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? ' ' : c)).Trim();

    /// <summary>Three digits: 0.214, 1.25, 14.2, 182.</summary>
    private static string Digits(double value) => Math.Abs(value) switch
    {
        >= 99.95 => value.ToString("#,##0", CultureInfo.InvariantCulture),
        >= 9.995 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 0.9995 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
