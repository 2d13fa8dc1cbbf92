using System.Text;

namespace Bascule.Sessions;

/// <summary>Splits a line into the words of a command, as a shell does with blanks, quotes and backslashes, and with nothing else: every other sign stands for itself.</summary>
public static class CommandLine
{
    /// <param name="words">Empty when the line is blank.</param>
    /// <param name="fault">What is wrong with the line; empty when nothing is.</param>
    public static bool TrySplit(string line, out IReadOnlyList<string> words, out string fault)
    {
        List<string> found = [];
        words = found;
        fault = "";
        StringBuilder? word = null;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] is ' ' or '\t' or '\r' or '\n')
            {
                if (word is not null)
                    found.Add(word.ToString());
                word = null;
                continue;
            }

            word ??= new StringBuilder();
            var end = line[i] switch
            {
                '\'' => Quoted(line, i, word, escapes: false),
                '"' => Quoted(line, i, word, escapes: true),
                '\\' => Escaped(line, i, word),
                _ => Plain(line, i, word),
            };
            if (end < 0)
            {
                fault = line[i] == '\\' ? "It ends with a backslash that nothing follows." : $"The quote at character {i + 1} is not closed.";
                return false;
            }

            i = end;
        }

        if (word is not null)
            found.Add(word.ToString());
        return true;
    }

    private static int Plain(string line, int at, StringBuilder word)
    {
        word.Append(line[at]);
        return at;
    }

    private static int Escaped(string line, int at, StringBuilder word)
    {
        if (at + 1 == line.Length)
            return -1;
        word.Append(line[at + 1]);
        return at + 1;
    }

    // In double quotes a backslash escapes these two; before any other sign it stands for itself.
    private static int Quoted(string line, int start, StringBuilder word, bool escapes)
    {
        for (var i = start + 1; i < line.Length; i++)
        {
            if (line[i] == line[start])
                return i;
            if (escapes && line[i] == '\\' && i + 1 < line.Length && line[i + 1] is ('"' or '\\'))
                i++;
            word.Append(line[i]);
        }

        return -1;
    }
}
