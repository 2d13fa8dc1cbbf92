namespace Bascule.Diagnostics;

/// <summary>One location of nginx with everything that it inherits.</summary>
/// <param name="Chain">The location, then what is around it: outer locations, the server, http.</param>
public sealed record NginxLocation(ConfigNode Node, IReadOnlyList<ConfigNode> Chain, LintFile File)
{
    public string Path => Node.LastWord ?? "";

    public bool IsProxy => Node["proxy_pass"] is not null;

    /// <summary>Whether it holds an include that was not found, so that nobody can know what is set.</summary>
    public bool HasUnknownInclude { get; init; }

    /// <summary>The headers set in the place that holds: the innermost with any of its own.</summary>
    public IReadOnlyList<ConfigNode> Headers => Chain.Select(c => c.All("proxy_set_header").ToList()).FirstOrDefault(h => h.Count > 0) ?? [];

    public ConfigNode? Header(string name) => Headers.FirstOrDefault(h => Is(h, name));

    /// <summary>A header that is set further out, and lost here.</summary>
    public ConfigNode? OuterHeader(string name) => Chain.Skip(1).SelectMany(c => c.All("proxy_set_header")).FirstOrDefault(h => Is(h, name));

    public ConfigNode? Effective(string directive) => Chain.Select(c => c[directive]).FirstOrDefault(n => n is not null);

    public bool PassesUpgrade => Header("Upgrade") is not null;

    /// <summary>Whether the location itself shows that WebSockets pass it.</summary>
    public bool HasOwnSign => Intent.IsSocketPath(Path) || PassesUpgrade || Header("Connection")?.LastWord?.Contains("upgrade", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether it says so where it stands, and not only by what every location of its server inherits.</summary>
    public bool HasNearSign => Intent.IsSocketPath(Path) || Node.All("proxy_set_header").Any(h => Is(h, "Upgrade") || (Is(h, "Connection") && h.LastWord?.Contains("upgrade", StringComparison.OrdinalIgnoreCase) == true));

    private static bool Is(ConfigNode header, string name) => header.Words is [var first, ..] && first.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>All locations, with includes of files that are there put in.</summary>
    public static IReadOnlyList<NginxLocation> Read(IReadOnlyList<LintFile> files)
    {
        var nginx = files.Where(f => f is { Kind: FileKind.Nginx, Root: not null }).ToList();
        var http = nginx.SelectMany(f => f.Root!.All("http")).ToList();
        List<NginxLocation> found = [];
        foreach (var file in nginx)
            Collect(file.Root!, [], new Reading(file, nginx, http, found), 0);
        return found;
    }

    private static void Collect(ConfigNode node, IReadOnlyList<ConfigNode> around, Reading reading, int depth)
    {
        if (depth > 8)
            return;
        foreach (var child in node.Children.Where(c => c.Key is "http" or "server" or "location" or "if"))
        {
            var (whole, isUnknown) = WithIncludes(child, reading.Files);
            IReadOnlyList<ConfigNode> chain = [whole, .. around];
            if (child.Key == "location")
            {
                // A server of its own file stands inside the http block of another.
                IReadOnlyList<ConfigNode> outer = chain.Any(c => c.Key == "http") ? chain : [.. chain, .. reading.Http];
                reading.Found.Add(new NginxLocation(whole, outer, reading.File) { HasUnknownInclude = isUnknown });
            }

            Collect(whole, chain, reading, depth + 1);
        }
    }

    private static (ConfigNode Whole, bool IsUnknown) WithIncludes(ConfigNode block, IReadOnlyList<LintFile> files)
    {
        if (block["include"] is null)
            return (block, false);
        var whole = new ConfigNode(block.Key, block.Value, block.Place) { Words = block.Words };
        var isUnknown = false;
        foreach (var child in block.Children)
        {
            whole.Children.Add(child);
            if (child.Key != "include" || child.Words is not [var pattern])
                continue;
            var name = pattern[(pattern.LastIndexOf('/') + 1)..];
            var matches = files.Where(f => f.Name == name || (name.StartsWith('*') && f.Name.EndsWith(name[1..], StringComparison.Ordinal))).Take(20).ToList();
            // A file cannot tell more than its directives: blocks of it are read where they stand.
            whole.Children.AddRange(matches.SelectMany(m => m.Root!.Children).Where(c => c.Children.Count == 0));
            isUnknown |= matches.Count == 0 && !name.StartsWith("mime", StringComparison.Ordinal);
        }

        return (whole, isUnknown);
    }

    private sealed record Reading(LintFile File, IReadOnlyList<LintFile> Files, IReadOnlyList<ConfigNode> Http, List<NginxLocation> Found);
}
