namespace Bascule.Diagnostics;

/// <summary>What a file is: by its name, and where that does not tell, by what stands in it.</summary>
public enum FileKind
{
    /// <summary>Nothing that is linted.</summary>
    Other,
    Terraform,
    TerraformPlan,
    Kubernetes,
    Compose,
    Workflow,
    Nginx,
    Haproxy,
    Caddy,
    Envoy,
    Traefik,
    Apache,
    Kong,
    Dockerfile,
    Shell,
    Env,
    Sysctl,
    Unit,
    Procfile,
    Json,
    Toml,
    Yaml,
    Xml,
    Manifest,
    Certificate,
    Source,

    /// <summary>What a load test or a client wrote.</summary>
    Report,
}

/// <summary>One file that was read: its text, its tree, and the commands in it.</summary>
/// <param name="Path">Relative to what was linted, with slashes.</param>
public sealed record LintFile(string Path, FileKind Kind, string Text)
{
    private string[]? _lines;

    /// <summary>Null for sources and scripts, which have no tree.</summary>
    public ConfigNode? Root { get; init; }

    /// <summary>The commands of a script, of a workflow's steps, of a Dockerfile's RUN.</summary>
    public IReadOnlyList<ShellCommand> Commands { get; init; } = [];

    /// <summary>Why it could not be read.</summary>
    public ConfigFaultException? Fault { get; init; }

    /// <summary>Lines before the text in the file that holds it: a configuration inside a ConfigMap.</summary>
    public int LinesBefore { get; init; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path.LastIndexOf('/') is > 0 and var at ? Path[..at] : "";

    public IReadOnlyList<string> Lines => _lines ??= Text.Split('\n');

    /// <summary>The place of a character of <see cref="Text"/>.</summary>
    public Place PlaceOf(int offset)
    {
        var before = Text.AsSpan(0, Math.Min(offset, Text.Length));
        return new Place(Path, before.Count('\n') + 1 + LinesBefore, before.Length - (before.LastIndexOf('\n') + 1) + 1);
    }
}
