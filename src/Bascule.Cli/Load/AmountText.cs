using System.Globalization;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary>Amounts as load tests write them: <c>10k</c>, <c>100/s</c>, <c>0.1/s</c>, <c>16KiB</c>, <c>2.5s</c>.</summary>
public static class AmountText
{
    /// <summary>A whole number, with k or M for thousands and millions.</summary>
    public static bool TryCount(string text, out int count)
    {
        count = 0;
        var (digits, factor) = text switch
        {
            [.. var thousands, 'k'] => (thousands, 1_000),
            [.. var millions, 'M'] => (millions, 1_000_000),
            _ => (text, 1),
        };
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > int.MaxValue)
            return false;
        var amount = number * factor;
        if (amount > int.MaxValue || amount != decimal.Truncate(amount))
            return false;
        count = (int)amount;
        return true;
    }

    /// <summary>A number for each second, minute or hour; without a unit for each second.</summary>
    public static bool TryRate(string text, out double perSecond)
    {
        perSecond = 0;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var number = slash < 0 ? text : text[..slash];
        double? seconds = slash < 0 ? 1 : text[(slash + 1)..] switch { "s" => 1, "m" => 60, "h" => 3600, _ => null };
        var (digits, factor) = number is [.. var thousands, 'k'] ? (thousands, 1_000) : (number, 1);
        if (seconds is not { } unit || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count <= 0)
            return false;
        perSecond = count * factor / unit;
        return double.IsFinite(perSecond);
    }

    /// <summary>Bytes, also as KiB or MiB.</summary>
    public static bool TrySize(string text, out int bytes)
    {
        bytes = 0;
        var (digits, factor) = text switch
        {
            [.. var kibi, 'K', 'i', 'B'] => (kibi, 1 << 10),
            [.. var mebi, 'M', 'i', 'B'] => (mebi, 1 << 20),
            _ => (text, 1),
        };
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number * factor > int.MaxValue || number > int.MaxValue)
            return false;
        bytes = (int)(number * factor);
        return true;
    }

    /// <summary>A time above 0: a number of seconds, or a duration with a unit.</summary>
    public static bool TryTime(string text, TimeSpan longest, out TimeSpan time)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            time = TimeSpan.FromSeconds(seconds > 0 ? Math.Min(seconds, 2 * longest.TotalSeconds) : 0);
        else if (!DurationText.TryParse(text, out time))
            return false;
        return time > TimeSpan.Zero && time <= longest;
    }

    /// <summary>A duration with a unit, also with a fraction: <c>250ms</c>, <c>1m30s</c>, <c>2.5s</c>.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        if (DurationText.TryParse(text, out duration))
            return true;
        if (!text.EndsWith('s') || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || !(seconds <= TimeSpan.FromDays(30).TotalSeconds))
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
