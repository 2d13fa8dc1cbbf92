using System.Globalization;
using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>A terminal on paper: obeys the sequences that the program writes, and fails on any other. Keys are put in by the test.</summary>
internal sealed class PaperTerminal(int columns, int rows) : IScreenDevice
{
    private readonly Lock _gate = new();
    private readonly Queue<ConsoleKeyInfo> _keys = new();
    private string[][] _cells = Blank(columns, rows);
    private int _row;
    private int _column;
    private Action _leaving = static () => { };
    private Action _back = static () => { };

    public ScreenSize Size { get; private set; } = new(columns, rows);

    /// <summary>In the other buffer, that of full-screen programs.</summary>
    internal bool IsTaken { get; private set; }

    internal bool HasCursor { get; private set; } = true;

    internal bool Wraps { get; private set; } = true;

    /// <summary>Arrows and keypad send what they usually do; false until somebody says so, as .NET switches that off before our first byte.</summary>
    internal bool HasUsualKeys { get; private set; }

    /// <summary>All that was written since this was last cleared.</summary>
    internal StringBuilder Written { get; } = new();

    internal bool IsBroken { get; set; }

    /// <summary>What a person sees, without spaces at the ends of lines.</summary>
    internal string[] Lines
    {
        get
        {
            lock (_gate)
                return [.. _cells.Select(row => string.Concat(row).TrimEnd())];
        }
    }

    internal string Text => string.Join('\n', Lines);

    /// <summary>Waits until all of it is on the screen at once.</summary>
    internal async Task SeesAsync(params string[] texts)
    {
        try
        {
            await RunningGateway.UntilAsync(() => Text is var seen && texts.All(t => seen.Contains(t, StringComparison.Ordinal)));
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The screen never showed {string.Join(" and ", texts)}:\n{Text}", e);
        }
    }

    internal void Press(params IEnumerable<ConsoleKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
                _keys.Enqueue(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false));
        }
    }

    internal void Press(ConsoleKeyInfo key)
    {
        lock (_gate)
            _keys.Enqueue(key);
    }

    internal void Type(string text)
    {
        lock (_gate)
        {
            foreach (var letter in text)
                _keys.Enqueue(KeyOf(letter));
        }
    }

    internal static ConsoleKeyInfo KeyOf(char letter) =>
        letter == '\r' ? new(letter, ConsoleKey.Enter, shift: false, alt: false, control: false) : new(letter, Enum.TryParse<ConsoleKey>(letter.ToString(), ignoreCase: true, out var key) && char.IsLetter(letter) ? key : default, char.IsUpper(letter), alt: false, control: false);

    internal void Resize(int columns, int rows)
    {
        lock (_gate)
            (Size, _cells) = (new ScreenSize(columns, rows), Blank(columns, rows));
    }

    internal void Interrupt() => _leaving();

    internal void Resume() => _back();

    public bool TryReadKey(out ConsoleKeyInfo key)
    {
        if (IsBroken)
            throw new IOException("The terminal hung up.");
        lock (_gate)
            return _keys.TryDequeue(out key);
    }

    public IDisposable Watch(Action leaving, Action back)
    {
        (_leaving, _back) = (leaving, back);
        return new MemoryStream();
    }

    public void Write(string text)
    {
        lock (_gate)
        {
            Written.Append(text);
            for (var at = 0; at < text.Length;)
                at = text[at] == '\e' ? Obey(text, at + 1) : Put(text, at);
        }
    }

    private int Put(string text, int at)
    {
        Assert.False(char.IsControl(text[at]), $"A control character reached the terminal: {(int)text[at]}");
        var rune = Rune.GetRuneAt(text, at);
        var width = CellText.Width(rune.ToString());
        Assert.True(_column + width <= Size.Columns, $"Row {_row + 1} is wider than {Size.Columns} cells.");
        if (width == 0)
            _cells[_row][Math.Max(0, _column - 1)] += rune;
        else
            _cells[_row][_column] = rune.ToString();
        for (var i = 1; i < width; i++)
            _cells[_row][_column + i] = "";
        _column += width;
        return at + rune.Utf16SequenceLength;
    }

    private int Obey(string text, int at)
    {
        Assert.Equal('[', text[at]);
        var end = at + 1;
        while (!char.IsLetter(text[end]))
            end++;
        switch (text[(at + 1)..(end + 1)])
        {
            case "?1049h" or "?1049l":
                IsTaken = text[end] == 'h';
                _cells = Blank(Size.Columns, Size.Rows);
                break;
            case "?25h" or "?25l":
                HasCursor = text[end] == 'h';
                break;
            case "?7h" or "?7l":
                Wraps = text[end] == 'h';
                break;
            case "2J":
                _cells = Blank(Size.Columns, Size.Rows);
                break;
            case "K":
                Assert.True(_column < Size.Columns, "Erases to the end of a row that is full: terminals lose its last letter.");
                Array.Fill(_cells[_row], " ", _column, Size.Columns - _column);
                break;
            case var move when move.EndsWith('H'):
                var place = move[..^1].Split(';');
                (_row, _column) = (int.Parse(place[0], CultureInfo.InvariantCulture) - 1, int.Parse(place[1], CultureInfo.InvariantCulture) - 1);
                Assert.InRange(_row, 0, Size.Rows - 1);
                break;
            case "?1l" or "?66l":
                HasUsualKeys = true;
                break;
            case "?2026h" or "?2026l":
                break;
            case var other:
                Assert.EndsWith("m", other);
                break;
        }

        return end + 1;
    }

    private static string[][] Blank(int columns, int rows) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(" ", columns).ToArray())];
}
