using System.Globalization;
using System.Text;

namespace Bascule.Settings;

/// <summary>Durations as settings write them: whole numbers with units, largest first: <c>250ms</c>, <c>10s</c>, <c>1m30s</c>, <c>1d</c>.</summary>
public static class DurationText
{
    /// <summary>The same rule as a regular expression, for the JSON schema.</summary>
    internal const string Pattern = "^(?=[0-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";

    // More digits than any sensible duration has, and few enough that no sum overflows.
    private const int MaxDigits = 9;

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>False for anything else, a number without a unit included.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var (ticks, nextUnit, at) = (0L, 0, 0);
        while (at < text.Length)
        {
            var digits = CountWhile(text, at, char.IsAsciiDigit);
            var letters = CountWhile(text, at + digits, char.IsAsciiLetterLower);
            if (digits is 0 or > MaxDigits)
                return false;
            var unit = Array.FindIndex(Units, nextUnit, u => text.AsSpan(at + digits, letters).SequenceEqual(u.Unit));
            if (unit < 0)
                return false;
            var part = (Int128)long.Parse(text.AsSpan(at, digits), NumberStyles.None) * Units[unit].Ticks + ticks;
            if (part > TimeSpan.MaxValue.Ticks)
                return false;
            (ticks, nextUnit, at) = ((long)part, unit + 1, at + digits + letters);
        }

        duration = TimeSpan.FromTicks(ticks);
        return text.Length > 0;
    }

    /// <summary>The shortest text that reads back as the same duration, in whole milliseconds; zero is <c>0s</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = new StringBuilder();
        var rest = duration.Ticks;
        foreach (var (unit, ticks) in Units)
        {
            if (rest / ticks is > 0 and var count)
                text.Append(count).Append(unit);
            rest %= ticks;
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static int CountWhile(string text, int from, Func<char, bool> holds)
    {
        var at = from;
        while (at < text.Length && holds(text[at]))
            at++;
        return at - from;
    }
}
