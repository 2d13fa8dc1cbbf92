namespace Bascule.Settings;

public enum SessionRunnerKind
{
    /// <summary>Processes of this machine.</summary>
    Process,

    /// <summary>Pods.</summary>
    Kubernetes,
}

/// <summary>Sessions: terminals and commands that outlive connections.</summary>
public sealed record SessionSettings
{
    /// <summary>Stands in path and internalUrl for the id of the session, as in case A.</summary>
    public const string IdPlace = "{{SESSION_ID}}";

    [Setting("Whether there are sessions; with false, all that asks for one is told that they are switched off. Environment: WEBSOCKET_ENABLED (case A3).")]
    public bool Enabled { get; init; } = true;

    [Setting("What starts sessions: `process` (processes of this machine) or `kubernetes` (pods).")]
    public SessionRunnerKind Runner { get; init; } = SessionRunnerKind.Process;

    [Setting("Who may come to `path`, /terminal and /api/sessions: `required` (a valid token), `optional` or `none`. Routes of their own with `sessions` have their own.", At = Applies.NewConnections)]
    public AuthPolicy Auth { get; init; } = AuthPolicy.Required;

    [Setting("Path of a session's WebSocket; `{{SESSION_ID}}` stands for its id. Environment: WEBSOCKET_SESSION_PATH_TEMPLATE (case A3).", At = Applies.NewConnections)]
    public string Path { get; init; } = $"/ws/session/{IdPlace}/";

    [Setting("Address of a session's WebSocket for programs inside the cluster, with `{{SESSION_ID}}`; told beside the address that its user gets. Environment: WEBSOCKET_SESSION_CONNECTION_TEMPLATE (case A3).", At = Applies.NewConnections)]
    public string? InternalUrl { get; init; }

    [Setting("ws://HOST or wss://HOST under which programs inside the cluster reach the gateways; internalUrl is this with `path`, unless it is set itself. Environment: WEBSOCKET_PROXY_URL (case A3).", At = Applies.NewConnections)]
    public string? ProxyUrl { get; init; }

    [Setting("What can be started, by name.")]
    public IReadOnlyDictionary<string, SessionProfileSettings> Profiles { get; init; } = new Dictionary<string, SessionProfileSettings>(StringComparer.Ordinal);

    [Setting("Most sessions, and how fast they may be made.")]
    public SessionQuotaSettings Quota { get; init; } = new();

    [Setting("Ends a session in which nothing was typed or printed for so long; announced before.", MayBeOff = true, Min = "10s", Max = "30d")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(20);

    [Setting("Longest life of a session; announced before its end.", Min = "10s", Max = "30d")]
    public TimeSpan MaximumLife { get; init; } = TimeSpan.FromHours(8);

    [Setting("Ends a session with a terminal to which nobody was attached for so long.", MayBeOff = true, Min = "1s", Max = "30d")]
    public TimeSpan DetachGrace { get; init; } = TimeSpan.FromMinutes(5);

    [Setting("How long a session that is over is still shown, with its result.", Min = "1m", Max = "30d")]
    public TimeSpan KeepEnded { get; init; } = TimeSpan.FromHours(1);

    [Setting("How long a client may wait for a session that is being started.", Min = "1s", Max = "30m")]
    public TimeSpan StartWait { get; init; } = TimeSpan.FromSeconds(60);

    [Setting("Within this time a client knows whether the session that it names exists and is his (case B3).", Min = "1s", Max = "5m")]
    public TimeSpan Validate { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("Clients that may be attached to one session at once.", Min = "1", Max = "1000")]
    public int Viewers { get; init; } = 16;

    [Setting("Bytes of output that a session keeps for clients that come back.", Min = "65536", Max = "8388608")]
    public int Scrollback { get; init; } = 1024 * 1024;

    [Setting("How long a program waits for a client that was cut before it read everything, before old output is let go.", Min = "0s", Max = "1h")]
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(60);

    [Setting("File with the secret that gateways share, at least 32 characters: the keys of sessions and of their hosts come from it. Without it, one is made and kept in the data folder.", IsFile = true)]
    public string? SecretFile { get; init; }

    [Setting("Folder of recordings: of sessions on this machine, and copies of those that pods made. A relative one is below the data folder.")]
    public string Recordings { get; init; } = "recordings";

    [Setting("Sessions as processes of this machine.")]
    public SessionProcessSettings Process { get; init; } = new();

    [Setting("Sessions as pods.")]
    public SessionKubernetesSettings Kubernetes { get; init; } = new();
}

public sealed record SessionQuotaSettings
{
    [Setting("Sessions that one user may have at once.", Min = "1", Max = "100000")]
    public int PerUser { get; init; } = 5;

    [Setting("Sessions that all users of one tenant may have at once: the claim `tenant`, or `tid`, of the token.", Min = "1", Max = "1000000")]
    public int PerTenant { get; init; } = 50;

    [Setting("Sessions that one user may create in a time.")]
    public RateSettings CreationRate { get; init; } = new() { Rate = "3/m", Burst = 5 };
}

public sealed record SessionProcessSettings
{
    [Setting("Address on which the host of the sessions listens, for gateways alone: http://ADDRESS:PORT. Port 0 takes a free one.")]
    public string Listen { get; init; } = "http://127.0.0.1:0";

    [Setting("Name or address of this machine under which gateways on other machines reach that listener. Empty: the address itself.")]
    public string Advertise { get; init; } = "";
}

public sealed record SessionKubernetesSettings
{
    [Setting("Namespace of the pods. Without it: the one in which the gateway runs.")]
    public string? Namespace { get; init; }

    [Setting("URL of the API server. Without it: of the cluster in which the gateway runs, or of the kubeconfig.")]
    public string? ApiServer { get; init; }

    [Setting("File with the way to a cluster and the credentials for it.", IsFile = true)]
    public string? Kubeconfig { get; init; }

    [Setting("Context of that file; without it, its current one.")]
    public string? Context { get; init; }

    [Setting("Image of pods whose profile names none.")]
    public string? Image { get; init; }

    [Setting("`Always`, `IfNotPresent` or `Never`. Without it: what Kubernetes makes of the tag.")]
    public string? ImagePullPolicy { get; init; }

    [Setting("Secrets in the namespace with which images are pulled.")]
    public IReadOnlyList<string> ImagePullSecrets { get; init; } = [];

    [Setting("Service account of the pods; its token is not mounted. Without it: that of the namespace.")]
    public string? ServiceAccount { get; init; }

    [Setting("Object in the same namespace that owns the pods, so that they go with it: `deployments/bascule` or `configmaps/bascule-sessions`. Without it they have no owner.")]
    public string? Owner { get; init; }

    [Setting("Tells the pods of these gateways from those of others in one namespace.")]
    public string Gateway { get; init; } = "bascule";

    [Setting("More labels for the pods.")]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    [Setting("Labels of the nodes on which pods may run.")]
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    [Setting("Processors that a pod asks for and gets at most, as Kubernetes writes quantities.")]
    public string Cpu { get; init; } = "500m";

    [Setting("Memory that a pod asks for and gets at most, where its profile has no limit of its own.")]
    public string Memory { get; init; } = "512Mi";

    [Setting("Disk that a pod asks for and gets at most.")]
    public string EphemeralStorage { get; init; } = "1Gi";

    [Setting("User id as which the pods run; never 0, which is root.", Min = "1", Max = "2147483647")]
    public int RunAsUser { get; init; } = 10001;

    [Setting("Pods get a user namespace of their own (`hostUsers: false`): who breaks out of one is nobody on the node. Needs Kubernetes 1.33, and nodes with Linux 6.3 and containerd 2 or CRI-O; elsewhere no pod starts.")]
    public bool UserNamespace { get; init; }

    [Setting("How long a pod may take until it is running.", Min = "1s", Max = "30m")]
    public TimeSpan PodStart { get; init; } = TimeSpan.FromSeconds(120);

    [Setting("For images without the agent: commands are run by the API server's `exec`. Such a session cannot be resumed.")]
    public bool LegacyExec { get; init; }
}
