using System.Globalization;

namespace Bascule.Settings;

/// <summary>Rates as settings write them: a whole number for each second, minute or hour: <c>20/s</c>, <c>600/m</c>, <c>1000/h</c>.</summary>
public static class RateText
{
    /// <summary>The largest number before the slash: no gateway takes more of anything in one unit of time.</summary>
    public const int MaxCount = 1_000_000;

    /// <summary>False for anything else: zero, a fraction, another unit, spaces.</summary>
    public static bool TryParse(string text, out int count, out TimeSpan per)
    {
        (count, per) = (0, TimeSpan.Zero);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > MaxCount)
            return false;
        TimeSpan? unit = text[(slash + 1)..] switch
        {
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            _ => null,
        };
        if (unit is null)
            return false;
        (count, per) = (number, unit.Value);
        return true;
    }
}
