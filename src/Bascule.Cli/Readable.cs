using System.Globalization;

namespace Bascule.Cli;

/// <summary>Values in the form that tables and lines show.</summary>
internal static class Readable
{
    internal static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{Number(count)} {noun}s";

    /// <summary>In the two largest units: <c>3h12m</c>, <c>41s</c>.</summary>
    internal static string Span(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return span switch
        {
            { TotalDays: >= 1 } => $"{(int)span.TotalDays}d{span.Hours}h",
            { TotalHours: >= 1 } => $"{span.Hours}h{span.Minutes}m",
            { TotalMinutes: >= 1 } => $"{span.Minutes}m{span.Seconds}s",
            _ => $"{span.Seconds}s",
        };
    }

    /// <summary>Nothing when it is not known.</summary>
    internal static string Span(double? seconds) => seconds is { } known ? Span(known) : "";
}
