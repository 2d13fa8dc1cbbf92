using System.Text;

namespace Bascule.Diagnostics;

/// <summary>nginx: each directive with its words, without quotes; blocks have children.</summary>
public static class NginxTree
{
    /// <exception cref="ConfigFaultException">Too deep, or a brace is missing.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var from = new CharReader(text, file, linesBefore);
        var root = new ConfigNode("", null, from.Place);
        Block(from, root, 0);
        return root;
    }

    private static void Block(CharReader from, ConfigNode parent, int depth)
    {
        ConfigLimits.CheckDepth(depth, parent.Place);
        while (true)
        {
            SkipSpace(from);
            if (from.AtEnd)
            {
                if (depth > 0)
                    throw new ConfigFaultException(parent.Place, $"the block {parent.Key} is never closed");
                return;
            }

            if (from.Now == '}')
            {
                from.Next();
                if (depth > 0)
                    return;
                continue;
            }

            if (from.Now is ';' or '{')
                from.Next();
            else
                Directive(from, parent, depth);
        }
    }

    private static void Directive(CharReader from, ConfigNode parent, int depth)
    {
        var place = from.Place;
        List<string> words = [];
        while (true)
        {
            SkipSpace(from);
            if (from.AtEnd || from.Now is ';' or '{' or '}')
                break;
            words.Add(Word(from));
        }

        var node = new ConfigNode(words[0], string.Join(' ', words.Skip(1)), place) { Words = words[1..] };
        parent.Children.Add(node);
        if (from.Now == ';')
        {
            from.Next();
        }
        else if (from.Now == '{')
        {
            from.Next();
            if (node.Key.EndsWith("_by_lua_block", StringComparison.Ordinal))
                SkipCode(from);
            else
                Block(from, node, depth + 1);
        }
    }

    private static string Word(CharReader from)
    {
        if (from.Now is '"' or '\'')
            return from.Quoted(from.Next());
        var written = new StringBuilder();
        while (!from.AtEnd && !(char.IsWhiteSpace(from.Now) || from.Now is ';' or '}'))
        {
            // A brace ends a word, but ${name} and the {2} of a regular expression do not.
            if (from.Now == '{' && !(written.Length > 0 && (written[^1] == '$' || char.IsAsciiDigit(from.Peek(1)))))
                break;
            var isVariable = from.Now == '{';
            written.Append(from.Next());
            while (isVariable && !from.AtEnd && written[^1] != '}' && from.Now is not ('\n' or ';'))
                written.Append(from.Next());
        }

        return written.ToString();
    }

    private static void SkipCode(CharReader from)
    {
        for (var open = 1; open > 0 && !from.AtEnd;)
            open += from.Next() switch { '{' => 1, '}' => -1, _ => 0 };
    }

    private static void SkipSpace(CharReader from)
    {
        while (!from.AtEnd)
        {
            if (from.Now == '#')
                from.RestOfLine();
            else if (char.IsWhiteSpace(from.Now))
                from.Next();
            else
                return;
        }
    }
}
