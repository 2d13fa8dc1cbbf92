namespace Bascule.Diagnostics;

/// <summary>TOML: tables are nodes of their path, each <c>[[table]]</c> one more of the same key.</summary>
public static class TomlTree
{
    /// <exception cref="ConfigFaultException">Too deep, or a list is not closed.</exception>
    public static ConfigNode Read(string text, string file, int linesBefore = 0)
    {
        var from = new CharReader(text, file, linesBefore);
        var values = new HclReader(from);
        var root = new ConfigNode("", null, from.Place);
        var table = root;
        while (!from.AtEnd)
        {
            from.SkipBlanks();
            if (from.Now == '\n')
            {
                from.Next();
            }
            else if (from.Now == '#')
            {
                from.RestOfLine();
            }
            else if (from.Now == '[')
            {
                var place = from.Place;
                var line = from.RestOfLine();
                var end = line.IndexOf(']');
                var name = line.TrimStart('[')[..Math.Max(0, end - (line.Length - line.TrimStart('[').Length))];
                table = Open(root, name, place, isList: line.StartsWith("[[", StringComparison.Ordinal));
            }
            else
            {
                Entry(from, values, table);
            }
        }

        return root;
    }

    private static void Entry(CharReader from, HclReader values, ConfigNode table)
    {
        var place = from.Place;
        var start = from.Offset;
        while (!from.AtEnd && from.Now is not ('=' or '\n'))
            from.Next();
        var path = Names(from.Since(start));
        if (from.Now != '=' || path.Length == 0)
        {
            from.RestOfLine();
            return;
        }

        from.Next();
        var parent = table;
        foreach (var name in path.AsSpan(0, path.Length - 1))
            parent = Child(parent, name, place);
        parent.Children.Add(values.Expression(path[^1], place, path.Length, isInList: false));
        from.RestOfLine();
    }

    private static ConfigNode Open(ConfigNode root, string path, Place place, bool isList)
    {
        var names = Names(path);
        ConfigLimits.CheckDepth(names.Length, place);
        var at = root;
        for (var i = 0; i < names.Length; i++)
        {
            if (isList && i == names.Length - 1)
            {
                var item = new ConfigNode(names[i], null, place);
                at.Children.Add(item);
                return item;
            }

            at = Child(at, names[i], place);
        }

        return at;
    }

    private static ConfigNode Child(ConfigNode parent, string name, Place place)
    {
        if (parent.Children.FindLast(c => c.Key == name) is { } known)
            return known;
        var child = new ConfigNode(name, null, place);
        parent.Children.Add(child);
        return child;
    }

    private static string[] Names(string path) => [.. path.Split('.').Select(n => n.Trim().Trim('"', '\'')).Where(n => n.Length > 0)];
}
