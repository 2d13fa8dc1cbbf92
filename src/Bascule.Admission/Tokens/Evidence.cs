using System.Globalization;

namespace Bascule.Admission;

/// <summary>Writes what was seen in a token for a person to read, short and harmless in a log.</summary>
internal static class Evidence
{
    // Longer than any key id, audience or issuer worth reading; short enough for a log line.
    private const int LongestQuote = 80;
    private const int MostListed = 5;

    /// <summary>In back ticks, cut, and without characters that could forge a line of a log: the text may come from anybody.</summary>
    internal static string Quote(string text)
    {
        var cut = text.Length > LongestQuote ? text[..LongestQuote] : text;
        var clean = string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = source[i] is >= ' ' and <= '~' and not '`' ? source[i] : '?';
        });
        return text.Length > LongestQuote ? $"`{clean}…`" : $"`{clean}`";
    }

    internal static string Quote(IReadOnlyCollection<string> texts) =>
        string.Join(", ", texts.Take(MostListed).Select(Quote)) + (texts.Count > MostListed ? $" and {texts.Count - MostListed} more" : "");

    internal static string Instant(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The two largest units: <c>3 min 20 s</c>, <c>2 d 4 h</c>; whole seconds at least.</summary>
    internal static string Span(TimeSpan span)
    {
        var parts = new List<string>(2);
        Add(parts, (int)span.TotalDays, "d");
        Add(parts, span.Hours, "h");
        Add(parts, span.Minutes, "min");
        Add(parts, span.Seconds, "s");
        if (parts.Count > 0)
            return string.Join(' ', parts.Take(2));
        return span == TimeSpan.Zero ? "0 s" : "less than 1 s";
    }

    private static void Add(List<string> parts, int count, string unit)
    {
        if (count != 0)
            parts.Add($"{count} {unit}");
    }
}
