namespace Bascule.Cli;

/// <summary>One column of a table on a screen.</summary>
/// <param name="Heading">Short: it counts for the width.</param>
/// <param name="Priority">Where the screen is narrow, the highest number goes first; 0 stays always.</param>
/// <param name="Least">Where the screen is narrow, its cells are cut to this width before the column goes; 0: never cut.</param>
public sealed record Column(string Heading, int Priority = 0, int Least = 0)
{
    /// <summary>Numbers stand at the right.</summary>
    public bool IsRight { get; init; }

    /// <summary>Widest that it gets, even if there is room.</summary>
    public int Most { get; init; } = 200;
}

/// <summary>What stands in one place of a table.</summary>
public readonly record struct TableCell(string Text, Tone Tone = Tone.Plain);

/// <summary>A table that fits: the columns that matter least are cut, then left out.</summary>
public sealed class Columns
{
    private const int Gap = 2;

    private readonly IReadOnlyList<Column> _columns;
    private readonly int[] _natural;
    private readonly List<(int Index, int Width)> _shown;

    /// <param name="rows">All rows, also those that are not visible: the table must not jump when it is scrolled.</param>
    public Columns(IReadOnlyList<Column> columns, IReadOnlyCollection<IReadOnlyList<TableCell>> rows, int width)
    {
        _columns = columns;
        _natural = [.. columns.Select((c, i) => Math.Min(c.Most, rows.Select(r => CellText.Width(CellText.Clean(r[i].Text))).Append(CellText.Width(c.Heading)).Max()))];
        _shown = [.. _natural.Select((natural, i) => (i, natural))];
        Fit(width);
    }

    /// <summary>Places of the columns that are left.</summary>
    public IReadOnlyList<int> Shown => [.. _shown.Select(s => s.Index)];

    /// <param name="marked">The column that the rows are sorted by, and how; null when it is the order of the source.</param>
    public ScreenLine Heading((int Column, bool IsDescending)? marked = null)
    {
        var line = new ScreenLine();
        foreach (var (index, width) in _shown)
        {
            var column = _columns[index];
            var isMarked = marked is { } by && by.Column == index;
            var mark = !isMarked ? "" : marked!.Value.IsDescending ? "▾" : "▴";
            // The mark stands in the gap beside the heading, so that no column grows by being sorted; at the edges there is none.
            var hasGap = index != (column.IsRight ? _shown[0] : _shown[^1]).Index;
            var cells = hasGap ? width + mark.Length : width;
            var text = column.IsRight ? CellText.Fill(mark + column.Heading, cells, right: true) : CellText.Fill(column.Heading + mark, cells);
            var start = Start(index) - (column.IsRight && hasGap ? mark.Length : 0);
            line.Add(new string(' ', Math.Max(0, start - line.Width))).Add(text, isMarked ? Tone.Accent : Tone.Strong);
        }

        return line;
    }

    public ScreenLine Row(IReadOnlyList<TableCell> cells)
    {
        var line = new ScreenLine();
        foreach (var (index, width) in _shown)
        {
            var cell = cells[index];
            line.Add(new string(' ', Start(index) - line.Width)).Add(CellText.Fill(CellText.Clean(cell.Text), width, _columns[index].IsRight), cell.Tone);
        }

        return line;
    }

    /// <summary>The cell in which a column begins.</summary>
    private int Start(int index) => _shown.TakeWhile(s => s.Index != index).Sum(s => s.Width + Gap);

    private int Wanted => _shown.Sum(s => s.Width) + (Gap * Math.Max(0, _shown.Count - 1));

    private void Fit(int width)
    {
        // 1. What matters least is cut, and goes when that is not enough, before anything else loses a letter.
        foreach (var index in _shown.Select(s => s.Index).OrderByDescending(i => _columns[i].Priority).ToList())
        {
            if (Wanted <= width)
                break;
            var column = _columns[index];
            var place = _shown.FindIndex(s => s.Index == index);
            if (column.Least > 0)
                _shown[place] = (index, Math.Max(Math.Min(_natural[index], Math.Max(column.Least, CellText.Width(column.Heading))), _natural[index] - (Wanted - width)));
            if (Wanted > width && column.Priority > 0)
                _shown.RemoveAt(place);
        }

        // 2. What was cut takes the room that came free, what matters most first.
        foreach (var place in Enumerable.Range(0, _shown.Count).OrderBy(p => _columns[_shown[p].Index].Priority).ToList())
        {
            var (index, has) = _shown[place];
            _shown[place] = (index, Math.Min(_natural[index], has + Math.Max(0, width - Wanted)));
        }
    }
}
