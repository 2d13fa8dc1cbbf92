using System.Collections.Concurrent;

namespace Bascule.Diagnostics;

/// <summary>What a person knows that the files do not say.</summary>
/// <param name="Sockets">Connections expected at the same time.</param>
/// <param name="Lifetime">How long one connection shall live, in seconds.</param>
/// <param name="AssumeWebSockets">Take it that WebSockets are carried, even where no file shows it.</param>
public sealed record LintOptions(int Sockets = LintOptions.DefaultSockets, double Lifetime = 3600, bool AssumeWebSockets = false)
{
    /// <summary>Expected connections where nobody says how many: a middle-sized service (RULES §1 of the catalogue).</summary>
    public const int DefaultSockets = 1000;

    /// <summary>How many, as the end of a sentence: nobody is to take our guess for a measurement.</summary>
    internal string Wanted => Sockets == DefaultSockets ? $"{Sockets} are assumed (--sockets says how many)" : $"{Sockets} are expected";
}

/// <summary>One model of everything in the folders: what rules ask. Made once a run, read only.</summary>
public sealed class Deployment
{
    private readonly Dictionary<string, LintFile> _byPath;
    private readonly ConcurrentDictionary<Delegate, object> _answers = new();
    private readonly ILookup<string, KubeObject> _byLabel;

    /// <param name="paths">Everything that was seen, files that are not kept included; null where it is the same.</param>
    public Deployment(IReadOnlyList<LintFile> files, LintOptions options, IReadOnlyList<string>? paths = null)
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
        Quickest = Heartbeats.MinBy(h => h.Seconds);
        _byLabel = Objects.SelectMany(o => (o.PodLabels?.Children ?? []).Select(l => (Label: $"{l.Key}={l.Value}", Object: o))).ToLookup(p => p.Label, p => p.Object, StringComparer.Ordinal);
        Traefik = new TraefikModel(this);
        Locations = NginxLocation.Read(files);
        Carriers = new Carriers(this, paths ?? [.. files.Select(f => f.Path)], Locations);
        SocketLocations = [.. PathHops.FindSocketLocations(this)];
        Hops = UsesWebSockets ? [.. PathHops.All(this).Where(h => Carriers.Carries(h.Place))] : [];
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
    public Heartbeat? Quickest { get; }

    internal TraefikModel Traefik { get; }

    /// <summary>Every location of nginx.</summary>
    internal IReadOnlyList<NginxLocation> Locations { get; }

    /// <summary>Which of the units here carry WebSockets.</summary>
    internal Carriers Carriers { get; }

    /// <summary>Locations of nginx that carry WebSockets.</summary>
    internal IReadOnlyList<NginxLocation> SocketLocations { get; }

    /// <summary>What a connection passes, as far as the files show.</summary>
    public IReadOnlyList<Hop> Hops { get; }

    public IEnumerable<LintFile> Of(params FileKind[] kinds) => Files.Where(f => kinds.Contains(f.Kind) && f.Root is not null);

    public IEnumerable<KubeObject> Kube(params string[] kinds) => Objects.Where(o => kinds.Contains(o.Kind, StringComparer.Ordinal));

    /// <summary>What holds for the whole run, found once: asked for each file it would take the square of their number.</summary>
    /// <param name="find">A static method or lambda, by which the answer is kept.</param>
    internal T Once<T>(Func<Deployment, T> find)
        where T : notnull =>
        (T)_answers.GetOrAdd(find, _ => find(this));

    public LintFile? File(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>The workloads and pods that a selector means; none where it is empty.</summary>
    internal IEnumerable<KubeObject> Selected(IReadOnlyList<ConfigNode> selector) =>
        selector.Count == 0 ? [] : _byLabel[$"{selector[0].Key}={selector[0].Value}"].Where(o => selector.All(s => o.PodLabels?[s.Key]?.Value == s.Value)).Distinct();

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
