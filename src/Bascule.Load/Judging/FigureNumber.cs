using System.Buffers;
using System.Globalization;

namespace Bascule.Load;

/// <summary>A number with its unit, as people type it: <c>5ms</c>, <c>0.1%</c>, <c>60k</c>.</summary>
internal static class FigureNumber
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("-.0123456789");

    /// <summary>In the unit of the figure, or null and why not.</summary>
    internal static double? Read(FigureUnit unit, string seen, out string fault)
    {
        fault = "";
        var end = seen.AsSpan().IndexOfAnyExcept(Digits) is var at and >= 0 ? at : seen.Length;
        if (!double.TryParse(seen.AsSpan(0, end), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            fault = seen.Length == 0 ? "a number is missing" : $"`{seen}` does not start with a number";
            return null;
        }

        var suffix = seen[end..].Trim();
        // Zero is zero in every unit.
        if (suffix.Length == 0 && number == 0)
            return 0;
        if (Scale(unit, suffix) is { } scale)
            return number * scale;
        fault = $"{(suffix.Length == 0 ? $"`{seen}` has no unit" : $"`{suffix}` is no unit of this figure")}; expected is {Units(unit)}";
        return null;
    }

    private static double? Scale(FigureUnit unit, string suffix) => (unit, suffix) switch
    {
        (FigureUnit.Share, "%") => 0.01,
        (FigureUnit.Nanoseconds, "ns") => 1,
        // The sign of micro and the Greek letter look the same.
        (FigureUnit.Nanoseconds, "us" or "\u00b5s" or "\u03bcs") => 1e3,
        (FigureUnit.Nanoseconds, "ms") => 1e6,
        (FigureUnit.Nanoseconds, "s") => 1e9,
        (FigureUnit.Nanoseconds, "m") => 60e9,
        (FigureUnit.Count, "") or (FigureUnit.PerSecond, "" or "/s") => 1,
        (FigureUnit.Count, "k") or (FigureUnit.PerSecond, "k" or "k/s") => 1e3,
        (FigureUnit.Count, "M") or (FigureUnit.PerSecond, "M" or "M/s") => 1e6,
        _ => null,
    };

    private static string Units(FigureUnit unit) => unit switch
    {
        FigureUnit.Share => "%",
        FigureUnit.Nanoseconds => "ns, us, ms, s or m (minutes)",
        FigureUnit.PerSecond => "a number per second, with k or M",
        _ => "a plain number, with k or M",
    };
}
