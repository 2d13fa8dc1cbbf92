using System.Text;

namespace Bascule.Cli;

/// <summary>One line of a screen: pieces of text, each in its tone. Whatever is put in, only printable cells come out.</summary>
public sealed class ScreenLine
{
    private readonly List<(string Text, Tone Tone)> _parts = [];

    public ScreenLine()
    {
    }

    public ScreenLine(string text, Tone tone = Tone.Plain) => Add(text, tone);

    /// <summary>Cells that it takes.</summary>
    public int Width { get; private set; }

    /// <summary>Without its tones.</summary>
    public string Text => string.Concat(_parts.Select(p => p.Text));

    public ScreenLine Add(string text, Tone tone = Tone.Plain)
    {
        var clean = CellText.Clean(text);
        if (clean.Length == 0)
            return this;
        _parts.Add((clean, tone));
        Width += CellText.Width(clean);
        return this;
    }

    public ScreenLine Add(ScreenLine other)
    {
        foreach (var (text, tone) in other._parts)
            Add(text, tone);
        return this;
    }

    /// <summary>Spaces up to this cell; at least one between two pieces.</summary>
    public ScreenLine To(int cell) => Add(new string(' ', Math.Max(Width == 0 ? 0 : 1, cell - Width)));

    /// <summary>At most so many cells.</summary>
    public ScreenLine Cut(int width)
    {
        if (Width <= width)
            return this;
        var cut = new ScreenLine();
        foreach (var (text, tone) in _parts)
        {
            var room = width - cut.Width;
            // The next piece would be lost whole: it shows in the last cell of this one.
            cut.Add(CellText.Cut(text, room), tone);
            if (CellText.Width(text) > room)
                break;
        }

        return cut;
    }

    /// <summary>All of it in one tone, filled up to the width: the selected row.</summary>
    public ScreenLine Marked(int width) => new(CellText.Fill(Text, width), Tone.Reversed);

    internal string Sequence(Palette palette)
    {
        var sequence = new StringBuilder();
        foreach (var (text, tone) in _parts)
        {
            var begin = palette.Begin(tone);
            sequence.Append(begin).Append(text).Append(begin.Length > 0 ? Palette.Reset : "");
        }

        return sequence.ToString();
    }
}
