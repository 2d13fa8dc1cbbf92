namespace Bascule.Load;

/// <summary>Paragraphs and tables of plain text in 80 columns.</summary>
internal sealed class TextLayout(TextWriter to, bool isColored)
{
    internal const int Columns = 80;
    private const string Gap = "  ";

    internal bool IsColored { get; } = isColored;

    internal void Empty() => to.Write('\n');

    internal void Title(string text)
    {
        Empty();
        Line(text, Colour.Bold);
    }

    internal void Line(string text, Colour colour = Colour.None) =>
        to.Write(IsColored && colour != Colour.None && text.Length > 0 ? $"\e[{(int)colour}m{text}\e[0m\n" : $"{text}\n");

    /// <summary>Broken between words; the lines after the first are indented so that a label before the text stands alone.</summary>
    internal void Paragraph(string text, string label = "", Colour colour = Colour.None)
    {
        var indent = new string(' ', label.Length);
        var line = label;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var isFirst = line.Length == label.Length && (line == label || line == indent);
            if (!isFirst && line.Length + 1 + word.Length > Columns)
            {
                Line(line, colour);
                (line, isFirst) = (indent, true);
            }

            line = isFirst ? line + word : $"{line} {word}";
        }

        Line(line.TrimEnd(), colour);
    }

    /// <summary>The first column to the left, the others to the right; those of <paramref name="left"/> to the left too.</summary>
    /// <param name="after">Written below the row of that index, or null.</param>
    internal void Table(IReadOnlyList<string> headings, IReadOnlyList<TextRow> rows, IReadOnlyCollection<int>? left = null, Action<int>? after = null)
    {
        var widths = headings.Select((heading, column) => rows.Select(row => row.Cells[column].Length).Append(heading.Length).Max()).ToList();
        Line(Aligned(headings), Colour.Dim);
        for (var i = 0; i < rows.Count; i++)
        {
            Line(Aligned(rows[i].Cells), rows[i].Colour);
            after?.Invoke(i);
        }

        string Aligned(IReadOnlyList<string> cells) => string.Join(Gap, cells.Select((cell, column) =>
            column == 0 || left?.Contains(column) == true ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd();
    }
}

/// <summary>One line of a table.</summary>
internal sealed record TextRow(IReadOnlyList<string> Cells, Colour Colour = Colour.None);

/// <summary>The few that every terminal has (ECMA-48, select graphic rendition).</summary>
internal enum Colour
{
    None = 0,
    Bold = 1,
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}
