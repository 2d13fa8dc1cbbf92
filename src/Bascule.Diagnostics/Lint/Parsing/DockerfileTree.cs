using System.Text.Json;

namespace Bascule.Diagnostics;

/// <summary>Dockerfile: an instruction in capitals, its words, and its text; the exec form has the words of its JSON list and no <c>shell</c> child.</summary>
public static class DockerfileTree
{
    /// <summary>The child that marks the shell form of CMD, ENTRYPOINT and RUN.</summary>
    public const string Shell = "shell";

    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i;
            if (IsEmpty(lines[i]))
                continue;
            var whole = lines[i].TrimEnd();
            while (whole.EndsWith('\\') && i + 1 < lines.Length)
            {
                i++;
                // Newlines stay, so that commands inside keep their lines.
                whole = IsEmpty(lines[i]) ? $"{whole[..^1]}\n\\" : $"{whole[..^1]}\n{lines[i].TrimEnd()}";
            }

            i += Heredoc(lines, i, ref whole);
            root.Children.Add(Instruction(whole.TrimEnd('\\').Trim(), new Place(file, first + 1 + linesBefore)));
        }

        return root;
    }

    private static bool IsEmpty(string line) => line.AsSpan().Trim() is [] or ['#', ..];

    /// <summary>Takes the lines of a here-document into the instruction.</summary>
    /// <returns>How many lines it took.</returns>
    private static int Heredoc(string[] lines, int at, ref string whole)
    {
        var sign = whole.IndexOf("<<", StringComparison.Ordinal);
        if (sign < 0 || !(whole.StartsWith("RUN", StringComparison.OrdinalIgnoreCase) || whole.StartsWith("COPY", StringComparison.OrdinalIgnoreCase)))
            return 0;
        var mark = new string([.. whole[(sign + 2)..].TrimStart('-').SkipWhile(c => c is '"' or '\'').TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_')]);
        var end = mark.Length == 0 ? -1 : Array.FindIndex(lines, at + 1, l => l.Trim() == mark);
        if (end < 0)
            return 0;
        whole = string.Join('\n', lines[(at + 1)..end].Prepend(whole).Append(mark));
        return end - at;
    }

    private static ConfigNode Instruction(string line, Place place)
    {
        var space = line.AsSpan().IndexOfAny(' ', '\t', '\n');
        var (key, rest) = space < 0 ? (line, "") : (line[..space], line[space..].Trim());
        if (rest.StartsWith('[') && ExecForm(rest) is { } words)
            return new ConfigNode(key.ToUpperInvariant(), rest, place) { Words = words };
        var node = new ConfigNode(key.ToUpperInvariant(), rest, place) { Words = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) };
        node.Children.Add(new ConfigNode(Shell, rest, place));
        return node;
    }

    private static string[]? ExecForm(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text);
        }
        catch (JsonException)
        {
            // What is no JSON list is the shell form: so Docker reads it, too.
            return null;
        }
    }
}
