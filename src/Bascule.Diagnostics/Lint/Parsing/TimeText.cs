using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Times as configuration files write them, in seconds.</summary>
public static class TimeText
{
    /// <summary>Reads <c>30</c>, <c>30s</c>, <c>1h30m</c>, <c>500ms</c>, <c>01:00:00</c>.</summary>
    /// <param name="bare">What a number without a unit counts, in seconds: 1, or 0.001 for HAProxy and Kong.</param>
    /// <returns>Null where it is no time.</returns>
    public static double? Seconds(string? text, double bare = 1)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        text = text.Trim().Trim('"');
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return number * bare;
        if (text.Contains(':'))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span.TotalSeconds : null;
        var (total, at) = (0.0, 0);
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
                at++;
            if (!double.TryParse(text.AsSpan(start, at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number))
                return null;
            start = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
                at++;
            if (Unit(text.AsSpan(start, at - start)) is not { } unit)
                return null;
            total += number * unit;
            while (at < text.Length && text[at] == ' ')
                at++;
        }

        return total;
    }

    /// <summary>The number of a text; null where it is none, as a variable is.</summary>
    public static double? Number(string? text) =>
        double.TryParse(text?.Trim().Trim('"'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Seconds for people: without a fraction where there is none.</summary>
    public static string Show(double seconds) => seconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static double? Unit(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 0.001,
        "us" => 0.000001,
        "s" or "sec" or "S" or "seconds" or "second" => 1,
        "m" or "min" or "M" or "minutes" or "minute" => 60,
        "h" or "H" or "hours" or "hour" => 3600,
        "d" or "days" or "day" => 86400,
        _ => null,
    };
}
