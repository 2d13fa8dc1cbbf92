namespace Bascule.Sessions.Kubernetes;

/// <summary>An object in the namespace of the pods that they belong to: when it goes, Kubernetes removes them.</summary>
/// <param name="ApiVersion">For example <c>v1</c> or <c>apps/v1</c>.</param>
/// <param name="Plural">The resource in the API's paths, for example <c>configmaps</c>.</param>
public sealed record PodOwner(string ApiVersion, string Kind, string Plural, string Name)
{
    private static readonly Dictionary<string, (string ApiVersion, string Kind)> Kinds = new(StringComparer.Ordinal)
    {
        ["configmaps"] = ("v1", "ConfigMap"),
        ["pods"] = ("v1", "Pod"),
        ["services"] = ("v1", "Service"),
        ["serviceaccounts"] = ("v1", "ServiceAccount"),
        ["deployments"] = ("apps/v1", "Deployment"),
        ["statefulsets"] = ("apps/v1", "StatefulSet"),
    };

    /// <summary>Reads <c>configmaps/bascule-sessions</c>.</summary>
    public static bool TryParse(string text, out PodOwner? owner)
    {
        owner = text.Split('/') is [var plural, { Length: > 0 } name] && Kinds.TryGetValue(plural, out var kind)
            ? new PodOwner(kind.ApiVersion, kind.Kind, plural, name)
            : null;
        return owner is not null;
    }

    internal string PathIn(string space) => $"{(ApiVersion.Contains('/') ? "apis" : "api")}/{ApiVersion}/namespaces/{space}/{Plural}/{Name}";
}

/// <summary>How sessions become pods.</summary>
public sealed record KubernetesOptions
{
    /// <summary>Where the pods go. Null: the namespace of the account or context.</summary>
    public string? Namespace { get; init; }

    /// <summary>Null: the one of the account or kubeconfig.</summary>
    public Uri? ApiServer { get; init; }

    public string? Kubeconfig { get; init; }

    /// <summary>Of the kubeconfig; null: its current one.</summary>
    public string? Context { get; init; }

    /// <summary>For profiles that name no image of their own.</summary>
    public string? Image { get; init; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>; null: what Kubernetes makes of the tag.</summary>
    public string? ImagePullPolicy { get; init; }

    public IReadOnlyList<string> ImagePullSecrets { get; init; } = [];

    /// <summary>The program in the image that serves the terminal, with its first words.</summary>
    public IReadOnlyList<string> Agent { get; init; } = ["bascule", "agent"];

    public int AgentPort { get; init; } = 8686;

    /// <summary>Of the pods. Null: the namespace's own, whose token is not mounted either.</summary>
    public string? ServiceAccount { get; init; }

    public PodOwner? Owner { get; init; }

    /// <summary>Which pods are ours among those of several installations in one namespace.</summary>
    public string Gateway { get; init; } = "bascule";

    /// <summary>More labels of the pods.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string Cpu { get; init; } = "500m";

    /// <summary>Where a profile has no limit of its own.</summary>
    public string Memory { get; init; } = "512Mi";

    public string EphemeralStorage { get; init; } = "1Gi";

    /// <summary>Of <c>/tmp</c> and of the home folder, each: all else is read-only.</summary>
    public string ScratchSize { get; init; } = "256Mi";

    public string Home { get; init; } = "/home/session";

    /// <summary>Default 10001: a user that no image has.</summary>
    public int RunAsUser { get; init; } = 10001;

    /// <summary>Pods get a user namespace of their own (<c>hostUsers: false</c>). Default false: the nodes must know it (Linux 6.3, containerd 2 or CRI-O), else no pod starts.</summary>
    public bool UserNamespace { get; init; }

    /// <summary>How long a pod may take until its agent answers. Default 120 s: a large image, a node that is added.</summary>
    public TimeSpan PodStart { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>What a pod gets between the signal and the kill. Default 10 s: the agent itself takes 5.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the agent keeps the result of a command that ended. Default 60 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder of this gateway for the recordings of pods. Null: they go with their pods.</summary>
    public string? Recordings { get; init; }

    /// <summary>The images have no agent: the pod only waits, and clients come in through the API server's exec.</summary>
    public bool LegacyExec { get; init; }

    public KubeLimits Limits { get; init; } = new();
}
