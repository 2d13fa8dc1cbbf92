namespace Bascule.Diagnostics;

/// <summary>Which folders hold sources that can be read, and whether a server among them speaks WebSocket.</summary>
internal sealed class SourceFolders
{
    private static readonly HashSet<string> Readable = new(StringComparer.Ordinal) { "js", "go", "py", "cs", "java", "rb" };

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _serving = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unclear = new(StringComparer.Ordinal);
    private readonly HashSet<string> _programs = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> _byName;

    /// <param name="paths">Of everything that was seen: sources without a word about WebSockets are not kept as files.</param>
    internal SourceFolders(Deployment deployment, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var name = path[(path.LastIndexOf('/') + 1)..];
            if (Readable.Contains(SourceText.Language(path)) && !SourceText.IsTest(path))
                _known.UnionWith(Above(path));
            // Languages whose servers are not recognised.
            if (name is "Cargo.toml" or "composer.json" or "mix.exs")
                _unclear.UnionWith(Above(path));
            if (name is "package.json" or "go.mod" or "requirements.txt" or "pyproject.toml" || name.StartsWith("Dockerfile", StringComparison.Ordinal))
                _programs.Add(Above(path).First());
        }

        foreach (var file in deployment.Sources)
        {
            if (SourceSigns.Server(file) is not null)
                _serving.UnionWith(Above(file.Path));
            else if (SourceSigns.BrowserClient.IsMatch(file.Text))
                _unclear.UnionWith(Above(file.Path));
        }

        foreach (var file in deployment.Files.Where(f => f.Kind == FileKind.Manifest && SourceSigns.Packages(f).Any(p => SourceSigns.IsServerPackage(p.Key))))
            _serving.UnionWith(Above(file.Path));
        _byName = _known.ToLookup(f => f[(f.LastIndexOf('/') + 1)..], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether any source here serves WebSockets.</summary>
    internal bool AnyServes => _serving.Count > 0;

    /// <summary>Whether the sources of a unit serve WebSockets; null where they were not found, or cannot be told.</summary>
    internal bool? Serves(DeployUnit unit)
    {
        IReadOnlyList<string> folders = unit.Folder is { } said ? [said] : [.. unit.Names.SelectMany(n => _byName[n])];
        if (folders.Count == 0 && Program(unit.First.File) is { } near)
            folders = [near];
        if (folders.Any(_serving.Contains))
            return true;
        return folders.Any(_known.Contains) && !folders.Any(_unclear.Contains) ? false : null;
    }

    /// <summary>The folder of the program beside which a file lies.</summary>
    private string? Program(string path) => Above(path).FirstOrDefault(f => f.Length > 0 && _programs.Contains(f) && _known.Contains(f));

    /// <summary>The folders around a path, the nearest first; the last one is "".</summary>
    private static IEnumerable<string> Above(string path)
    {
        for (var at = path.LastIndexOf('/'); at > 0; at = path.LastIndexOf('/', at - 1))
            yield return path[..at];
        yield return "";
    }
}
