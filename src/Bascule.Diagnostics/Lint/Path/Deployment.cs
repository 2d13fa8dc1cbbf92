namespace Bascule.Diagnostics;

/// <summary>What a person knows that the files do not say.</summary>
/// <param name="Sockets">Connections expected at the same time.</param>
/// <param name="Lifetime">How long one connection shall live, in seconds.</param>
/// <param name="AssumeWebSockets">Take it that WebSockets are carried, even where no file shows it.</param>
public sealed record LintOptions(int Sockets = LintOptions.DefaultSockets, double Lifetime = 3600, bool AssumeWebSockets = false)
{
    /// <summary>Expected connections where nobody says how many: a middle-sized service (RULES §1 of the catalogue).</summary>
    public const int DefaultSockets = 1000;
}

/// <summary>One model of everything in the folders: what rules ask. Made once a run, read only.</summary>
public sealed class Deployment
{
    private readonly Dictionary<string, LintFile> _byPath;

    public Deployment(IReadOnlyList<LintFile> files, LintOptions options)
    {
        (Files, Options) = (files, options);
        _byPath = files.GroupBy(f => f.Path, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        Terraform = new Terraform(files);
        Objects = [.. KubeObject.Read(files)];
        Commands = [.. files.SelectMany(f => f.Commands)];
        Containers = [.. RunContainer.Read(files, Objects)];
        Sources = [.. files.Where(f => f.Kind == FileKind.Source && !SourceText.IsTest(f.Path))];
        EnvFiles = [.. files.Where(f => f is { Kind: FileKind.Env, Root: not null })];
        Variables = [.. ReadVariables()];
        CloudRun = CloudRunService.Read(Objects, Terraform, Commands);
        Intents = [.. Intent.Read(this).Take(50)];
        UsesWebSockets = options.AssumeWebSockets || Intents.Count > 0;
        Heartbeats = [.. Heartbeat.Read(this)];
        SocketLocations = [.. PathHops.FindSocketLocations(this)];
        Hops = UsesWebSockets ? [.. PathHops.All(this)] : [];
    }

    public IReadOnlyList<LintFile> Files { get; }

    public LintOptions Options { get; }

    public Terraform Terraform { get; }

    public IReadOnlyList<KubeObject> Objects { get; }

    /// <summary>Commands of all scripts, workflows and Dockerfiles.</summary>
    public IReadOnlyList<ShellCommand> Commands { get; }

    public IReadOnlyList<RunContainer> Containers { get; }

    /// <summary>Sources that are deployed: no tests.</summary>
    public IReadOnlyList<LintFile> Sources { get; }

    public IReadOnlyList<LintFile> EnvFiles { get; }

    /// <summary>Environment variables, from env files, containers and deploy commands.</summary>
    public IReadOnlyList<ConfigNode> Variables { get; }

    public IReadOnlyList<CloudRunService> CloudRun { get; }

    /// <summary>Why WebSockets are believed to be carried here.</summary>
    public IReadOnlyList<Intent> Intents { get; }

    public bool UsesWebSockets { get; }

    public IReadOnlyList<Heartbeat> Heartbeats { get; }

    /// <summary>The quickest one; null where none was found.</summary>
    public Heartbeat? Quickest => Heartbeats.MinBy(h => h.Seconds);

    /// <summary>Locations of nginx that carry WebSockets.</summary>
    internal IReadOnlyList<NginxLocation> SocketLocations { get; }

    /// <summary>What a connection passes, as far as the files show.</summary>
    public IReadOnlyList<Hop> Hops { get; }

    public IEnumerable<LintFile> Of(params FileKind[] kinds) => Files.Where(f => kinds.Contains(f.Kind) && f.Root is not null);

    public IEnumerable<KubeObject> Kube(params string[] kinds) => Objects.Where(o => kinds.Contains(o.Kind, StringComparer.Ordinal));

    public LintFile? File(string path) => _byPath.GetValueOrDefault(path);

    private IEnumerable<ConfigNode> ReadVariables() =>
        EnvFiles.SelectMany(f => f.Root!.Children)
            .Concat(Containers.SelectMany(c => c.Environment))
            .Concat(Commands.SelectMany(CommandVariables))
            .Concat(Terraform.Resources.SelectMany(TerraformVariables));

    private static IEnumerable<ConfigNode> CommandVariables(ShellCommand command) =>
        from flag in (string[])["--set-env-vars", "--update-env-vars"]
        let text = command.Program == "gcloud" ? command.Flag(flag) : null
        where text is not null
        from pair in text.Split(',')
        let sign = pair.IndexOf('=')
        where sign > 0
        select new ConfigNode(pair[..sign], pair[(sign + 1)..], command.Place);

    private static IEnumerable<ConfigNode> TerraformVariables(TfResource resource) =>
        from block in resource.Body.Deep("env").Concat(resource.Body.Deep("environment"))
        from one in block.Children.Any(c => c.Key == ConfigNode.ListItem) ? block.Items : [block]
        let name = one["name"]
        where name?.Value is not null && one["value"] is not null
        select new ConfigNode(name.Value!, resource.From.Resolve(one.Text("value")), name.Place);
}
