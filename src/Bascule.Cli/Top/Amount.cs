using System.Globalization;

namespace Bascule.Cli;

/// <summary>Numbers in few cells, and a dash for what is not known.</summary>
internal static class Amount
{
    internal const string Unknown = "–";

    private static readonly string[] Units = ["", "k", "M", "G", "T"];

    /// <summary>Three digits that count: <c>0.3</c>, <c>42</c>, <c>1.2k</c>, <c>123M</c>.</summary>
    internal static string Short(double? value)
    {
        if (value is not { } known || !double.IsFinite(known))
            return Unknown;
        var unit = 0;
        for (; Math.Abs(known) >= 999.5 && unit < Units.Length - 1; unit++)
            known /= 1000;
        var isWhole = Math.Abs(known) >= 99.95 || (unit == 0 && known == Math.Round(known));
        return known.ToString(isWhole ? "0" : "0.0", CultureInfo.InvariantCulture) + Units[unit];
    }

    internal static string Whole(double? value) => value is { } known && double.IsFinite(known) ? known.ToString("0.##", CultureInfo.InvariantCulture) : Unknown;

    internal static string Percent(double? value) => value is { } known && double.IsFinite(known) ? known.ToString("0.0", CultureInfo.InvariantCulture) + "%" : Unknown;

    internal static string Milliseconds(double? value) => value is { } known ? known.ToString(known >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) : Unknown;
}
