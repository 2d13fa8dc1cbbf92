using System.Globalization;
using System.Text;

namespace Bascule.Cli;

/// <summary>Text as cells of a terminal: clean, measured and cut.</summary>
public static class CellText
{
    /// <summary>Stands for what must not reach a terminal: a name could move the cursor, or turn the direction of writing.</summary>
    private const char Unprintable = '·';

    /// <summary>Marks over one letter; more of them are decoration, or an attack on the line above.</summary>
    private const int MostMarks = 2;

    /// <summary>First and last rune of what takes two cells: East Asian wide and full-width, and emoji (Unicode EastAsianWidth.txt, blocks).</summary>
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x231A, 0x231B), (0x2329, 0x232A), (0x23E9, 0x23EC), (0x2614, 0x2615), (0x2648, 0x2653), (0x26A1, 0x26A1), (0x2705, 0x2705), (0x274C, 0x274C),
        (0x2753, 0x2755), (0x2795, 0x2797), (0x2B50, 0x2B50), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19),
        (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F004, 0x1F004), (0x1F18E, 0x1F19A), (0x1F200, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F7E0, 0x1F7EB),
        (0x1F90C, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The text without anything that a terminal would obey.</summary>
    public static string Clean(string text)
    {
        if (text.All(c => c is >= ' ' and < '\x7f'))
            return text;
        var clean = new StringBuilder(text.Length);
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            marks = IsMark(category) ? marks + 1 : 0;
            if (IsMark(category))
                clean.Append(marks <= MostMarks && !IsVariant(rune) ? rune.ToString() : "");
            else if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate || rune == Rune.ReplacementChar)
                clean.Append(Unprintable);
            else
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }

    /// <summary>Lines without what moves a cursor, changes a colour or turns the direction of writing. All else stays, so that names of every language are what they are.</summary>
    public static string CleanLines(string text)
    {
        if (!text.Any(IsObeyed))
            return text;
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        return string.Create(text.Length, text, (clean, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                clean[i] = IsObeyed(source[i]) ? Unprintable : source[i];
        });
    }

    /// <summary>Cells that clean text takes.</summary>
    public static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Width(rune);
        return width;
    }

    /// <summary>At most so many cells; what was cut ends with an ellipsis.</summary>
    public static string Cut(string text, int width)
    {
        if (Width(text) <= width)
            return text;
        if (width <= 0)
            return "";
        var (used, end) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (used + Width(rune) > width - 1)
                break;
            used += Width(rune);
            end += rune.Utf16SequenceLength;
        }

        return text[..end] + "…";
    }

    /// <summary>Exactly so many cells: cut, or filled with spaces.</summary>
    public static string Fill(string text, int width, bool right = false)
    {
        var cut = Cut(text, width);
        var spaces = new string(' ', Math.Max(0, width - Width(cut)));
        return right ? spaces + cut : cut + spaces;
    }

    /// <summary>Broken at spaces into lines of at most so many cells.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        var rest = text;
        while (Width(rest) > width)
        {
            var head = Cut(rest, width + 1).TrimEnd('…');
            var at = head.LastIndexOf(' ');
            at = at > 0 ? at : Math.Max(1, head.Length);
            yield return rest[..at];
            rest = rest[at..].TrimStart(' ');
        }

        yield return rest;
    }

    private static int Width(Rune rune)
    {
        if (rune.Value < Wide[0].First)
            return IsMark(Rune.GetUnicodeCategory(rune)) ? 0 : 1;
        foreach (var (first, last) in Wide)
        {
            if (rune.Value >= first && rune.Value <= last)
                return 2;
        }

        return IsMark(Rune.GetUnicodeCategory(rune)) ? 0 : 1;
    }

    /// <summary>Control characters but for ends of lines and tabs, and the marks and overrides of direction (Unicode Bidi_Control).</summary>
    private static bool IsObeyed(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static bool IsMark(UnicodeCategory category) => category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    /// <summary>Asks for another picture of the same sign, which terminals measure in different ways.</summary>
    private static bool IsVariant(Rune rune) => rune.Value is >= 0xFE00 and <= 0xFE0F;
}
