namespace Bascule.Terminal;

/// <summary>Columns and rows of a terminal.</summary>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    // Programs divide by it and keep a cell for each place: what VT terminals and tmux bear.
    private const int FewestColumns = 2;
    private const int MostColumns = 500;
    private const int FewestRows = 1;
    private const int MostRows = 300;

    /// <summary>80 x 24, the size of a VT100: what programs take for granted when nobody says another.</summary>
    public static TerminalSize Standard => new(80, 24);

    /// <summary>The nearest size that a terminal may have: 2..500 x 1..300.</summary>
    public static TerminalSize Clamp(int columns, int rows) =>
        new(Math.Clamp(columns, FewestColumns, MostColumns), Math.Clamp(rows, FewestRows, MostRows));

    /// <summary>As a client tells the size of its window; null when it tells none: 0 or less of one, as hidden windows have.</summary>
    internal static TerminalSize? OfWindow(int columns, int rows) => columns > 0 && rows > 0 ? Clamp(columns, rows) : null;

    public override string ToString() => $"{Columns}x{Rows}";
}
