namespace Bascule.Diagnostics;

/// <summary>Configuration whose lines are directives: HAProxy, Caddy, Apache, env files and key-value files.</summary>
public static class LineTrees
{
    private static readonly HashSet<string> HaproxySections = new(StringComparer.Ordinal)
    {
        "global", "defaults", "frontend", "backend", "listen", "resolvers", "peers", "userlist", "mailers", "cache", "program", "ring", "http-errors", "fcgi-app", "crt-store", "traces",
    };

    /// <summary>Sections with their keywords as children.</summary>
    public static ConfigNode Haproxy(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var section = root;
        foreach (var (words, place) in Lines(text, file, linesBefore))
        {
            var node = Directive(words, place);
            if (HaproxySections.Contains(node.Key))
            {
                root.Children.Add(node);
                section = node;
            }
            else
            {
                section.Children.Add(node);
            }
        }

        return root;
    }

    /// <summary>A line that ends with an opening brace has the lines up to the closing one as children.</summary>
    /// <exception cref="ConfigFaultException">Too deep.</exception>
    public static ConfigNode Caddy(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var open = new Stack<ConfigNode>([root]);
        foreach (var (words, place) in Lines(text, file, linesBefore))
        {
            if (words is ["}", ..])
            {
                if (open.Count > 1)
                    open.Pop();
                continue;
            }

            var opens = words[^1] == "{";
            var node = Directive(opens && words.Count > 1 ? words[..^1] : words, place);
            open.Peek().Children.Add(node);
            if (opens)
                open.Push(node);
            ConfigLimits.CheckDepth(open.Count, place);
        }

        return root;
    }

    /// <summary>Apache: <c>&lt;Section argument&gt;</c> with its directives as children.</summary>
    /// <exception cref="ConfigFaultException">Too deep.</exception>
    public static ConfigNode Apache(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var open = new Stack<ConfigNode>([root]);
        foreach (var (words, place) in Lines(text, file, linesBefore))
        {
            if (words[0].StartsWith("</", StringComparison.Ordinal))
            {
                if (open.Count > 1)
                    open.Pop();
                continue;
            }

            var opens = words[0].StartsWith('<');
            var node = Directive(opens ? [.. words.Select(w => w.Trim('<', '>')).Where(w => w.Length > 0).DefaultIfEmpty("?")] : words, place);
            open.Peek().Children.Add(node);
            if (opens)
                open.Push(node);
            ConfigLimits.CheckDepth(open.Count, place);
        }

        return root;
    }

    /// <summary>Lines <c>KEY=value</c>: env files, sysctl files and, with their sections ignored, unit files.</summary>
    public static ConfigNode KeyValues(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var number = linesBefore;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var trimmed = line.Trim();
            if (trimmed.StartsWith("export ", StringComparison.Ordinal))
                trimmed = trimmed["export ".Length..].TrimStart();
            var equals = trimmed.IndexOf('=');
            if (equals <= 0 || trimmed[0] is '#' or ';' or '[')
                continue;
            var key = trimmed[..equals].Trim();
            if (key.AsSpan().ContainsAny(' ', '\t', '"'))
                continue;
            root.Children.Add(new ConfigNode(key, Unquoted(trimmed[(equals + 1)..].Trim()), new Place(file, number, line.IndexOf(key, StringComparison.Ordinal) + 1)));
        }

        return root;
    }

    /// <summary>Lines <c>Name: value</c>: what Procfiles and requirement lists need.</summary>
    public static ConfigNode Procfile(string text, string file, int linesBefore = 0)
    {
        var root = new ConfigNode("", null, new Place(file, 1 + linesBefore));
        var number = linesBefore;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.IndexOf(':') is > 0 and var colon && !line.StartsWith('#'))
                root.Children.Add(new ConfigNode(line[..colon].Trim(), line[(colon + 1)..].Trim(), new Place(file, number)));
        }

        return root;
    }

    private static string Unquoted(string value)
    {
        if (value.Length >= 2 && value[0] is '"' or '\'')
            return value.IndexOf(value[0], 1) is > 0 and var end ? value[1..end] : value;
        return value.IndexOf(" #", StringComparison.Ordinal) is >= 0 and var comment ? value[..comment].TrimEnd() : value;
    }

    private static ConfigNode Directive(List<string> words, Place place) => new(words[0], string.Join(' ', words.Skip(1)), place) { Words = words[1..] };

    /// <summary>The words of each line that has some, without comments; a backslash at its end takes the next line too.</summary>
    private static IEnumerable<(List<string> Words, Place Place)> Lines(string text, string file, int linesBefore)
    {
        var from = new CharReader(text, file, linesBefore);
        while (!from.AtEnd)
        {
            List<string> words = [];
            Place? first = null;
            while (!from.AtEnd && from.Now != '\n')
            {
                from.SkipBlanks();
                if (from.Now == '#')
                    from.RestOfLine();
                else if (from.Now == '\\' && from.Peek(1) is '\n' or '\r')
                    from.Skip(from.Peek(1) == '\r' ? 3 : 2);
                else if (!from.AtEnd && from.Now != '\n')
                {
                    first ??= from.Place;
                    words.Add(Word(from));
                }
            }

            from.Next();
            if (first is { } place)
                yield return (words, place);
        }
    }

    private static string Word(CharReader from)
    {
        var written = new System.Text.StringBuilder();
        while (!from.AtEnd && !char.IsWhiteSpace(from.Now))
        {
            if (from.Now is '"' or '\'')
                written.Append(from.Quoted(from.Next()));
            else if (from.Now == '\\' && from.Peek(1) is ' ' or '#')
                written.Append(from.Next()).Append(from.Next());
            else
                written.Append(from.Next());
        }

        return written.ToString();
    }
}
