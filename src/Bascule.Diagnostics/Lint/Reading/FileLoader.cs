namespace Bascule.Diagnostics;

/// <summary>Makes a <see cref="LintFile"/> of a text, and of the configuration that others hold inside them. Never throws for what stands in it.</summary>
public static class FileLoader
{
    /// <returns>The file, and after it what it holds: nginx in a ConfigMap, for one. Empty for what is not linted.</returns>
    public static IReadOnlyList<LintFile> Load(string path, string text)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var kind = FileKinds.OfName(name);
        if (kind == FileKind.Other)
            kind = FileKinds.OfContent(name, text);
        if (kind == FileKind.Source && !SourceText.IsOfInterest(text))
            kind = FileKind.Other;
        if (kind == FileKind.Other)
            return [];
        try
        {
            var file = Parse(path, kind, text, 0);
            return [file, .. Inside(file)];
        }
        catch (ConfigFaultException fault)
        {
            return [new LintFile(path, kind, text) { Fault = fault }];
        }
    }

    private static LintFile Parse(string path, FileKind kind, string text, int linesBefore)
    {
        // Templates of Helm, Jinja and Go are YAML only after rendering.
        if (kind == FileKind.Yaml && text.Contains("{{", StringComparison.Ordinal) && IsTemplate(text))
            return new LintFile(path, FileKind.Other, text);
        var root = kind switch
        {
            FileKind.Terraform => HclTree.Read(text, path, linesBefore),
            FileKind.Yaml or FileKind.Kong => YamlTree.Read(text, path, linesBefore),
            FileKind.Json => JsonTree.Read(text, path, linesBefore),
            FileKind.Toml => TomlTree.Read(text, path, linesBefore),
            FileKind.Nginx => NginxTree.Read(text, path, linesBefore),
            FileKind.Haproxy => LineTrees.Haproxy(text, path, linesBefore),
            FileKind.Caddy => LineTrees.Caddy(text, path, linesBefore),
            FileKind.Apache => LineTrees.Apache(text, path, linesBefore),
            FileKind.Env or FileKind.Sysctl or FileKind.Unit => LineTrees.KeyValues(text, path, linesBefore),
            FileKind.Procfile => LineTrees.Procfile(text, path, linesBefore),
            FileKind.Dockerfile => DockerfileTree.Read(text, path, linesBefore),
            FileKind.Xml => XmlTree.Read(text, path, linesBefore),
            FileKind.Manifest when path.EndsWith(".json", StringComparison.Ordinal) => JsonTree.Read(text, path, linesBefore),
            _ => null,
        };
        if (root is not null && kind == FileKind.Yaml)
            kind = FileKinds.OfYaml(path, root);
        if (root is not null && kind == FileKind.Toml && FileKinds.IsTraefik(root))
            kind = FileKind.Traefik;
        if (root is not null && kind == FileKind.Json && (root["planned_values"] is not null || root["resource_changes"] is not null))
            kind = FileKind.TerraformPlan;
        return new LintFile(path, kind, text) { Root = root, LinesBefore = linesBefore, Commands = CommandsOf(kind, path, text, root, linesBefore) };
    }

    private static bool IsTemplate(string text) =>
        text.Contains("{{-", StringComparison.Ordinal) || text.Contains("{{ .", StringComparison.Ordinal) || text.Contains("{{.", StringComparison.Ordinal) || text.Contains("{% ", StringComparison.Ordinal);

    private static IReadOnlyList<ShellCommand> CommandsOf(FileKind kind, string path, string text, ConfigNode? root, int linesBefore) => kind switch
    {
        FileKind.Shell => ShellCommands.Read(text, path, linesBefore),
        FileKind.Workflow => [.. root!.Everything().Where(IsScript).SelectMany(n => ScriptOf(n, path))],
        FileKind.Dockerfile => [.. root!.All("RUN").SelectMany(n => ShellCommands.Read(n.Value ?? "", path, n.Place.Line - 1 + linesBefore))],
        FileKind.Manifest => [.. (root?["scripts"]?.Children ?? []).SelectMany(n => ScriptOf(n, path))],
        _ => [],
    };

    private static bool IsScript(ConfigNode node) => node.Key is "run" or "script" or "before_script" or "after_script" or "inlineScript";

    private static IEnumerable<ShellCommand> ScriptOf(ConfigNode node, string path)
    {
        if (node.Value is { } text)
            return ShellCommands.Read(text, path, node.Place.Line - 1 + (node.Words is ["|"] ? 1 : 0));
        return node.Items.SelectMany(i => ScriptOf(i, path));
    }

    /// <summary>Configuration files in the data of ConfigMaps.</summary>
    private static IEnumerable<LintFile> Inside(LintFile file)
    {
        if (file is not { Kind: FileKind.Kubernetes, Root: { } root })
            yield break;
        foreach (var entry in root.Children.Where(d => d.Text("kind") == "ConfigMap").SelectMany(d => d["data"]?.Children ?? []))
        {
            if (entry.Value is not { } text || entry.Words is not ["|"])
                continue;
            var kind = FileKinds.OfName(entry.Key);
            if (kind is FileKind.Other)
                kind = FileKinds.OfContent(entry.Key, text);
            if (kind is FileKind.Nginx or FileKind.Haproxy or FileKind.Caddy or FileKind.Apache or FileKind.Yaml or FileKind.Shell)
                yield return Parse(file.Path, kind, text, entry.Place.Line);
        }
    }
}
