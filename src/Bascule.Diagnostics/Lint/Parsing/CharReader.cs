namespace Bascule.Diagnostics;

/// <summary>A text with a position in it: what the hand-written parsers share.</summary>
internal sealed class CharReader(string text, string file, int linesBefore)
{
    private int _at;
    private int _line = 1;
    private int _lineStart;

    internal bool AtEnd => _at >= text.Length;

    /// <summary>The next character; zero at the end.</summary>
    internal char Now => Peek(0);

    internal Place Place => new(file, _line + linesBefore, _at - _lineStart + 1);

    internal int Offset => _at;

    internal char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    internal bool StartsWith(string part) => string.CompareOrdinal(text, _at, part, 0, part.Length) == 0;

    internal string Since(int offset) => text[offset.._at];

    internal char Next()
    {
        var c = Now;
        if (AtEnd)
            return c;
        _at++;
        if (c == '\n')
            (_line, _lineStart) = (_line + 1, _at);
        return c;
    }

    internal void Skip(int count)
    {
        for (; count > 0 && !AtEnd; count--)
            Next();
    }

    /// <summary>The rest of the line; the line end stays.</summary>
    internal string RestOfLine()
    {
        var start = _at;
        while (!AtEnd && Now != '\n')
            Next();
        return text[start.._at];
    }

    internal void SkipBlanks()
    {
        // Any white space but the line end: a word would stop before it, and reading would never go on.
        while (Now != '\n' && char.IsWhiteSpace(Now))
            Next();
    }

    /// <summary>A quoted text after its opening quote, up to and with the closing one; escapes are kept simple.</summary>
    internal string Quoted(char quote, bool hasEscapes = true)
    {
        var written = new System.Text.StringBuilder();
        while (!AtEnd && Now != quote)
        {
            var c = Next();
            if (c == '\\' && hasEscapes && !AtEnd)
                c = Next() switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other };
            written.Append(c);
        }

        Next();
        return written.ToString();
    }
}
