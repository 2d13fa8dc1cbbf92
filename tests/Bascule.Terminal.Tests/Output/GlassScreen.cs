using System.Globalization;
using System.Text;

namespace Bascule.Terminal.Tests;

/// <summary>A terminal that draws: both screens, cursor, scroll region. It shares no code with the parser that is tested, and passes over what changes no cell.</summary>
internal sealed class GlassScreen
{
    private const int Columns = 80;
    private const int Rows = 24;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _sequence = new();
    private readonly char[][][] _screens = [Blank(), Blank()];
    private readonly (int Row, int Column)[] _saved = new (int, int)[2];
    private (int Top, int Bottom) _region = (0, Rows - 1);
    private int _row;
    private int _column;

    internal bool IsAlternate { get; private set; }

    /// <summary>All that can be seen, and where the cursor is.</summary>
    internal string Picture => $"{(IsAlternate ? "alternate" : "normal")} {_row},{_column}\n{Text}";

    internal string Text => string.Join('\n', Cells.Select(row => new string(row).TrimEnd())).TrimEnd();

    private char[][] Cells => _screens[IsAlternate ? 1 : 0];

    internal static GlassScreen Of(params ReadOnlySpan<byte> output)
    {
        var screen = new GlassScreen();
        screen.Write(output);
        return screen;
    }

    internal void Write(ReadOnlySpan<byte> output)
    {
        var letters = new char[output.Length + 1];
        var count = _decoder.GetChars(output, letters, flush: false);
        foreach (var letter in letters.AsSpan(0, count))
            Take(letter);
    }

    private static char[][] Blank() => [.. Enumerable.Range(0, Rows).Select(_ => NewRow())];

    private static char[] NewRow()
    {
        var row = new char[Columns];
        Array.Fill(row, ' ');
        return row;
    }

    private void Take(char letter)
    {
        // It ends whatever was begun: so do texts end by ESC and a backslash.
        if (letter == '\e')
            _sequence.Clear().Append(letter);
        else if (_sequence.Length == 0)
            Put(letter);
        else
        {
            _sequence.Append(letter);
            if (IsWhole(_sequence.ToString()))
            {
                var whole = _sequence.ToString();
                _sequence.Clear();
                Obey(whole);
            }
        }
    }

    private static bool IsWhole(string sequence) => sequence[1] switch
    {
        '[' => sequence.Length > 2 && sequence[^1] is >= '@' and <= '~',
        ']' => sequence[^1] == '\a',
        'P' or 'X' or '_' or '^' => false,
        _ => sequence[^1] is not (>= ' ' and <= '/'),
    };

    private void Put(char letter)
    {
        switch (letter)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                Down();
                break;
            case '\b':
                _column = Math.Max(0, _column - 1);
                break;
            case >= ' ' and not '\u007f':
                if (_column == Columns)
                {
                    _column = 0;
                    Down();
                }

                Cells[_row][_column++] = letter;
                break;
        }
    }

    private void Down()
    {
        if (_row == _region.Bottom)
            Scroll(_region.Top, 1);
        else
            _row = Math.Min(_row + 1, Rows - 1);
    }

    /// <summary>Lines from here to the end of the region move up; negative: down.</summary>
    private void Scroll(int top, int lines)
    {
        for (; lines > 0; lines--)
        {
            Array.Copy(Cells, top + 1, Cells, top, _region.Bottom - top);
            Cells[_region.Bottom] = NewRow();
        }

        for (; lines < 0; lines++)
        {
            Array.Copy(Cells, top, Cells, top + 1, _region.Bottom - top);
            Cells[top] = NewRow();
        }
    }

    private void Obey(string sequence)
    {
        switch (sequence[1])
        {
            case '[':
                ObeyCsi(sequence[2..^1], sequence[^1]);
                break;
            case '7':
                Save();
                break;
            case '8':
                Restore();
                break;
            case 'M' when _row == _region.Top:
                Scroll(_row, -1);
                break;
            case 'M':
                _row = Math.Max(0, _row - 1);
                break;
            case 'c':
                (_screens[0], _screens[1], _region) = (Blank(), Blank(), (0, Rows - 1));
                (_row, _column, IsAlternate) = (0, 0, false);
                break;
        }
    }

    private void ObeyCsi(string text, char final)
    {
        if (text.StartsWith('?'))
        {
            foreach (var mode in text[1..].Split(';').Where(_ => final is 'h' or 'l'))
                Switch(mode, final == 'h');
            return;
        }

        var numbers = text.Split(';').Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToArray();
        var (first, second) = (Math.Max(1, numbers[0]), numbers.Length > 1 ? Math.Max(1, numbers[1]) : 1);
        switch (final)
        {
            case 'H' or 'f':
                (_row, _column) = (Math.Min(first, Rows) - 1, Math.Min(second, Columns) - 1);
                break;
            case 'A' or 'B':
                _row = Math.Clamp(_row + (final == 'A' ? -first : first), 0, Rows - 1);
                break;
            case 'C' or 'D':
                _column = Math.Clamp(_column + (final == 'D' ? -first : first), 0, Columns - 1);
                break;
            case 'G':
                _column = Math.Min(first, Columns) - 1;
                break;
            case 'd':
                _row = Math.Min(first, Rows) - 1;
                break;
            case 'J' or 'K':
                Erase(numbers[0], withOtherRows: final == 'J');
                break;
            case 'L' or 'M':
                Scroll(_row, final == 'L' ? -first : first);
                break;
            case 'r':
                _region = (first - 1, numbers.Length > 1 && numbers[1] > 0 ? Math.Min(second, Rows) - 1 : Rows - 1);
                (_row, _column) = (0, 0);
                break;
        }
    }

    /// <param name="how">0: from the cursor on; 1: up to it; 2: all.</param>
    private void Erase(int how, bool withOtherRows)
    {
        var (from, to) = how switch { 0 => (_column, Columns), 1 => (0, Math.Min(_column + 1, Columns)), _ => (0, Columns) };
        Cells[_row].AsSpan(from, to - from).Fill(' ');
        for (var row = 0; withOtherRows && row < Rows; row++)
            if (row != _row && (how == 2 || (how == 0) == row > _row))
                Cells[row] = NewRow();
    }

    private void Switch(string mode, bool isOn)
    {
        if (mode is not ("47" or "1047" or "1049"))
            return;
        if (mode == "1049" && isOn)
            Save();
        if (isOn && !IsAlternate)
            _screens[1] = Blank();
        IsAlternate = isOn;
        if (mode == "1049" && !isOn)
            Restore();
    }

    private void Save() => _saved[IsAlternate ? 1 : 0] = (_row, _column);

    private void Restore() => (_row, _column) = _saved[IsAlternate ? 1 : 0];
}
