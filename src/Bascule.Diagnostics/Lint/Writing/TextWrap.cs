using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Breaks the long lines of a report between words, each under the column where its text began.</summary>
internal static class TextWrap
{
    /// <summary>Below this nothing is wrapped: it would be a column of single words.</summary>
    private const int Narrowest = 40;

    /// <summary>Where the text begins after <c>  client sees: </c>.</summary>
    private const int TextColumn = 15;

    internal static string Lines(string text, int width) =>
        width < Narrowest ? text : string.Join('\n', text.Split('\n').Select(l => Wrapped(l, width)));

    private static string Wrapped(string line, int width)
    {
        // Lines of files and of their changes stay as they are, to be copied.
        if (line.Length <= width || line.StartsWith("      ", StringComparison.Ordinal) || line.StartsWith("  #", StringComparison.Ordinal))
            return line;
        var indent = !line.StartsWith("  ", StringComparison.Ordinal) ? 0 : line.AsSpan(2).IndexOf(':') is >= 0 and < TextColumn - 2 ? TextColumn : 4;
        var wrapped = new StringBuilder();
        var left = line.AsSpan();
        while (left.Length > width)
        {
            var room = left[..(width + 1)];
            var at = room.LastIndexOf(' ');
            // A word that is longer than the line, as an address is, stands alone.
            if (at <= indent)
                at = left[indent..].IndexOf(' ') is >= 0 and var next ? indent + next : left.Length;
            wrapped.Append(left[..at]);
            left = left[at..].TrimStart(' ');
            if (left.Length == 0)
                return wrapped.ToString();
            wrapped.Append('\n');
            left = (new string(' ', indent) + left.ToString()).AsSpan();
        }

        return wrapped.Append(left).ToString();
    }
}
