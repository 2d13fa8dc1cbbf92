using System.Text;

namespace Bascule.Diagnostics;

/// <summary>Terraform's HCL. A block has its labels as words; an expression that is no text, list or object stays as it is written.</summary>
public static class HclTree
{
    /// <exception cref="ConfigFaultException">Too deep, or a brace is missing.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        new HclReader(new CharReader(text, file, linesBefore)).Body(root, 0, isInBraces: false);
        return root;
    }
}

/// <summary>The grammar of HCL, of which TOML's values are a part.</summary>
internal sealed class HclReader(CharReader from)
{
    internal void Body(ConfigNode parent, int depth, bool isInBraces)
    {
        ConfigLimits.CheckDepth(depth, parent.Place);
        while (true)
        {
            SkipSpace(withLines: true);
            if (from.AtEnd)
            {
                if (isInBraces)
                    throw new ConfigFaultException(parent.Place, $"the block {parent.Key} is never closed");
                return;
            }

            if (from.Now == '}')
            {
                from.Next();
                if (isInBraces)
                    return;
                continue;
            }

            if (from.Now == ',')
                from.Next();
            else
                Entry(parent, depth);
        }
    }

    /// <summary>One attribute or one block.</summary>
    private void Entry(ConfigNode parent, int depth)
    {
        var place = from.Place;
        var key = Name();
        if (key.Length == 0)
        {
            // No name can start here: pass it by, so that reading always goes on.
            from.Next();
            return;
        }

        List<string> labels = [];
        while (true)
        {
            SkipSpace(withLines: false);
            if (from.Now is '=' or ':' && from.Peek(1) != '=')
            {
                from.Next();
                parent.Children.Add(Expression(key, place, depth + 1, isInList: false));
                return;
            }

            if (from.Now == '{')
            {
                from.Next();
                var block = new ConfigNode(key, null, place) { Words = labels };
                Body(block, depth + 1, isInBraces: true);
                parent.Children.Add(block);
                return;
            }

            var label = Name();
            if (label.Length == 0)
            {
                parent.Children.Add(new ConfigNode(key, null, place) { Words = labels });
                return;
            }

            labels.Add(label);
        }
    }

    /// <summary>A value; the reader stands after it.</summary>
    internal ConfigNode Expression(string key, Place place, int depth, bool isInList)
    {
        ConfigLimits.CheckDepth(depth, place);
        SkipSpace(withLines: isInList);
        ConfigNode node;
        switch (from.Now)
        {
            case '[':
                from.Next();
                node = new ConfigNode(key, null, place);
                List(node, depth);
                return Finish(node);
            case '{':
                from.Next();
                node = new ConfigNode(key, null, place);
                Body(node, depth + 1, isInBraces: true);
                return Finish(node);
            case '<' when from.Peek(1) == '<':
                return new ConfigNode(key, Heredoc(), place) { Words = ["|"] };
        }

        if (from.StartsWith("jsonencode("))
        {
            from.Skip("jsonencode(".Length);
            node = Expression(key, place, depth + 1, isInList: true);
            SkipSpace(withLines: true);
            if (from.Now == ')')
                from.Next();
            return Finish(node);
        }

        return Scalar(key, place);
    }

    private void List(ConfigNode list, int depth)
    {
        while (true)
        {
            SkipSpace(withLines: true);
            if (from.AtEnd)
                throw new ConfigFaultException(list.Place, $"the list {list.Key} is never closed");
            if (from.Now is ']' or '}' or ')')
            {
                from.Next();
                return;
            }

            if (from.Now == ',')
            {
                from.Next();
                continue;
            }

            var before = from.Offset;
            list.Children.Add(Expression(ConfigNode.ListItem, from.Place, depth + 1, isInList: true));
            if (from.Offset == before)
                from.Next();
        }
    }

    /// <summary>What follows a list or object on its line (an index, a conditional) is passed by.</summary>
    private ConfigNode Finish(ConfigNode node)
    {
        SkipSpace(withLines: false);
        if (from.Now is not ('\n' or ',' or ']' or '}' or ')' or '\0'))
            Raw();
        return node;
    }

    private ConfigNode Scalar(string key, Place place)
    {
        var start = from.Offset;
        if (from.Now is '"' or '\'')
        {
            var text = QuotedText();
            SkipSpace(withLines: false);
            if (from.Now is '\n' or ',' or ']' or '}' or ')' or '\0')
                return new ConfigNode(key, text, place);
        }

        // What was read already is a text that goes on: a sum, a conditional.
        return new ConfigNode(key, (from.Since(start) + Raw()).Trim(), place);
    }

    /// <summary>An expression as written, without comments: up to the end of the line, or of the item, outside brackets.</summary>
    private string Raw()
    {
        var written = new StringBuilder();
        for (var open = 0; !from.AtEnd;)
        {
            var c = from.Now;
            if (open == 0 && c is '\n' or '}' or ']' or ')' or ',')
                break;
            if (c is '#' || (c == '/' && from.Peek(1) is '/' or '*'))
            {
                SkipSpace(withLines: false);
                continue;
            }

            var start = from.Offset;
            if (c is '"' or '\'')
                QuotedText();
            else
                from.Next();
            open += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            written.Append(from.Since(start));
        }

        return written.ToString();
    }

    /// <summary>Text in quotes; a template <c>${…}</c> may hold quotes of its own.</summary>
    private string QuotedText()
    {
        var quote = from.Next();
        if (from.Now == quote && from.Peek(1) == quote)
        {
            // TOML's long text.
            from.Skip(2);
            var start = from.Offset;
            var end = new string(quote, 3);
            while (!from.AtEnd && !from.StartsWith(end))
                from.Next();
            var text = from.Since(start);
            from.Skip(3);
            return text;
        }

        var written = new StringBuilder();
        for (var open = 0; !from.AtEnd && (open > 0 || from.Now != quote) && from.Now != '\n';)
        {
            var c = from.Next();
            if (c == '$' && from.Now == '{')
                open++;
            else if (c == '}' && open > 0)
                open--;
            else if (c == '\\' && quote == '"' && !from.AtEnd)
                c = from.Next();
            written.Append(c);
        }

        if (from.Now == quote)
            from.Next();
        return written.ToString();
    }

    private string Heredoc()
    {
        from.Skip(2);
        var mark = from.RestOfLine().Trim().TrimStart('-', '~').Trim().Trim('"');
        from.Next();
        var written = new StringBuilder();
        while (!from.AtEnd)
        {
            var line = from.RestOfLine();
            from.Next();
            if (line.Trim() == mark)
                break;
            written.Append(line).Append('\n');
        }

        return written.ToString();
    }

    private string Name()
    {
        if (from.Now is '"' or '\'')
            return QuotedText();
        var start = from.Offset;
        while (char.IsAsciiLetterOrDigit(from.Now) || from.Now is '_' or '-' or '.' or '*' or '(' or ')' or '/' or '$')
            from.Next();
        return from.Since(start);
    }

    private void SkipSpace(bool withLines)
    {
        while (!from.AtEnd)
        {
            if (from.Now is ' ' or '\t' or '\r' || (withLines && from.Now == '\n'))
            {
                from.Next();
            }
            else if (from.Now == '#' || (from.Now == '/' && from.Peek(1) == '/'))
            {
                from.RestOfLine();
            }
            else if (from.Now == '/' && from.Peek(1) == '*')
            {
                while (!from.AtEnd && !from.StartsWith("*/"))
                    from.Next();
                from.Skip(2);
            }
            else
            {
                return;
            }
        }
    }
}
