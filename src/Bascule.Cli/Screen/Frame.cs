namespace Bascule.Cli;

/// <summary>Cells of a terminal.</summary>
public readonly record struct ScreenSize(int Columns, int Rows);

/// <summary>One picture of the whole screen: never more rows, and no row wider, than the screen has.</summary>
public sealed class Frame(ScreenSize size)
{
    private readonly List<ScreenLine> _lines = [];
    private readonly List<ScreenLine> _footer = [];

    public ScreenSize Size => size;

    /// <summary>Rows that are still free between what was added and the footer.</summary>
    public int Room => Math.Max(0, size.Rows - _lines.Count - _footer.Count);

    /// <summary>Exactly as many as the screen has rows.</summary>
    public IReadOnlyList<ScreenLine> Lines =>
    [
        .. _lines.Take(size.Rows - _footer.Count), .. Enumerable.Range(0, Room).Select(_ => new ScreenLine()), .. _footer,
    ];

    /// <summary>The next row from the top; nothing where there is no room.</summary>
    public void Add(ScreenLine line)
    {
        if (Room > 0)
            _lines.Add(line.Cut(size.Columns));
    }

    public void Add(string text, Tone tone = Tone.Plain) => Add(new ScreenLine(text, tone));

    /// <summary>A row at the bottom, below earlier ones. Give the footer first: it takes its room from the rest.</summary>
    public void AddFooter(ScreenLine line)
    {
        if (_footer.Count < size.Rows)
            _footer.Add(line.Cut(size.Columns));
    }

    /// <summary>As plain lines, for tests and for whoever has no terminal.</summary>
    public string ToText() => string.Join('\n', Lines.Select(l => l.Text.TrimEnd()));
}
