using System.Globalization;
using System.Text;

namespace Bascule.Gateway;

/// <summary>Makes any text safe inside one line of the log.</summary>
internal static class LogText
{
    // Longer than any text the journal keeps; bounds what a library or a client puts into one line.
    private const int MaxCharacters = 2000;

    /// <summary>A value behind <c>=</c>: as it is, or in quotes where it would not end at the next space.</summary>
    internal static string Value(string text)
    {
        var escaped = Escape(text);
        var plain = text.Length > 0 && ReferenceEquals(escaped, text) && !text.AsSpan().ContainsAny(" \"=\\");
        return plain ? text : $"\"{escaped.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Replaces what could end the line, move the cursor or reorder the text: control, format and line separator characters, and lone surrogates.</summary>
    internal static string Escape(string text)
    {
        var cut = text.Length > MaxCharacters;
        if (!cut && !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('\\', StringComparison.Ordinal))
            return text;
        var safe = new StringBuilder(text.Length + 16);
        foreach (var rune in text.AsSpan(0, cut ? MaxCharacters : text.Length).EnumerateRunes())
            Append(safe, rune);
        if (cut)
            safe.Append('…');
        return safe.ToString();
    }

    private static void Append(StringBuilder safe, Rune rune)
    {
        switch (rune.Value)
        {
            case '\\':
                safe.Append("\\\\");
                break;
            case '\n':
                safe.Append("\\n");
                break;
            case '\r':
                safe.Append("\\r");
                break;
            case '\t':
                safe.Append("\\t");
                break;
            default:
                if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                    safe.Append("\\u{").Append(rune.Value.ToString("x", CultureInfo.InvariantCulture)).Append('}');
                else
                    safe.Append(rune.ToString());
                break;
        }
    }
}
