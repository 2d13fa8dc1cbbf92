using System.Globalization;

namespace Bascule.Settings;

/// <summary>Where the reading of a Kafka topic begins: <c>history</c>, <c>latest</c> or a time.</summary>
public static class KafkaStart
{
    public const string History = "history";

    public const string Latest = "latest";

    /// <summary>False for what is none of the three. A time must say its offset from UTC: servers and their operators live in many zones.</summary>
    /// <param name="time">Null for the two words.</param>
    public static bool TryParse(string text, out DateTimeOffset? time)
    {
        time = null;
        if (text is History or Latest)
            return true;
        if (!DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            || !(text.EndsWith('Z') || text.AsSpan(10).IndexOfAny('+', '-') >= 0))
            return false;
        time = at;
        return true;
    }
}
