using System.Globalization;

namespace Bascule.Settings;

/// <summary>Rates as settings write them: a whole number and a unit of time: <c>20/s</c>, <c>600/m</c>, <c>1000/h</c>.</summary>
public static class RateText
{
    /// <summary>The largest number before the slash: no gateway takes more of anything in one unit of time.</summary>
    public const int MaxCount = 1_000_000;

    /// <summary>False for anything else: no unit, no number, zero, or more than a million.</summary>
    /// <param name="perSecond">So many a second, on average.</param>
    /// <param name="number">The number before the slash.</param>
    public static bool TryParse(string text, out double perSecond, out int number)
    {
        (perSecond, number) = (0, 0);
        var slash = text.IndexOf('/');
        if (slash < 0 || Seconds(text.AsSpan(slash + 1)) is not { } seconds
            || !int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var written) || written is 0 or > MaxCount)
            return false;
        (perSecond, number) = ((double)written / seconds, written);
        return true;
    }

    private static int? Seconds(ReadOnlySpan<char> unit) => unit switch
    {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => null,
    };
}
