namespace Bascule.Settings;

/// <summary>The whole configuration: an immutable snapshot, valid as a whole.</summary>
public sealed record BasculeSettings
{
    [Setting("Where Bascule listens.", At = Applies.NewConnections)]
    public ListenSettings Listen { get; init; } = new();

    [Setting("How clients prove who they are.", At = Applies.NewConnections)]
    public AuthSettings Auth { get; init; } = new();

    [Setting("Groups of interchangeable back ends, by name.", At = Applies.NewConnections)]
    public IReadOnlyDictionary<string, PoolSettings> Pools { get; init; } = new Dictionary<string, PoolSettings>(StringComparer.Ordinal);

    [Setting("What goes where. The most specific path wins.", At = Applies.NewConnections)]
    public IReadOnlyList<RouteSettings> Routes { get; init; } = [];

    [Setting("Topics: messages to many clients, with resume.", At = Applies.Restart)]
    public HubSettings Hub { get; init; } = new();

    [Setting("Sessions: terminals and commands that outlive connections. Without it there are none.", At = Applies.Restart)]
    public SessionSettings? Sessions { get; init; }

    [Setting("Limits that hold for the whole gateway. Those of a route count on that route alone, and hold beside these.", At = Applies.NewConnections)]
    public LimitSettings Limits { get; init; } = new();

    [Setting("Limits of the users of a tier, by its name: the `tier` of the token, or one of its roles. Each value takes the place of the route's and the gateway's, but for `connections` and `upgradeRate`: they count all users of the tier together, beside the others. Rates of addresses, which are looked at before the token, can only be narrowed.", At = Applies.NewConnections)]
    public IReadOnlyDictionary<string, LimitSettings> Tiers { get; init; } = new Dictionary<string, LimitSettings>(StringComparer.Ordinal);

    [Setting("When the gateway refuses new attempts to protect those that it has.", At = Applies.Restart)]
    public OverloadSettings Overload { get; init; } = new();

    [Setting("When a silent side is pinged, and when its silence ends the connection.", At = Applies.NewConnections)]
    public HeartbeatSettings Heartbeat { get; init; } = new();

    [Setting("How long each step of a connection may take.", At = Applies.NewConnections)]
    public DeadlineSettings Deadlines { get; init; } = new();

    [Setting("How long an open connection may live.", At = Applies.NewConnections)]
    public LifeSettings Life { get; init; } = new();

    [Setting("What is remembered of attempts and endings, for `bascule explain`.", At = Applies.Restart)]
    public JournalSettings Journal { get; init; } = new();

    [Setting("How the gateway stops.", At = Applies.AtOnce)]
    public StopSettings Stop { get; init; } = new();

    [Setting("How clients are moved away from nodes, pools, routes and gateways.", At = Applies.AtOnce)]
    public DrainSettings Drain { get; init; } = new();

    [Setting("What a changed configuration does while the gateway runs.", At = Applies.AtOnce)]
    public ReloadSettings Reload { get; init; } = new();

    [Setting("What is kept of connections, refusals and acts of operators.", At = Applies.Restart)]
    public AuditSettings Audit { get; init; } = new();

    [Setting("Metrics and traces that are sent out; `/metrics` on the admin listener is always there.", At = Applies.Restart)]
    public TelemetrySettings Telemetry { get; init; } = new();

    [Setting("Where the gateway keeps what outlives it: `sqlite:FILE`, or what several gateways share: `redis://HOST:PORT` or `postgres://USER:PASSWORD@HOST/DATABASE`. "
        + "`memory`: nothing is kept. A relative file is below the data folder.", Secret = true, MayNameFile = true, At = Applies.Restart, IsAddress = true)]
    public string Storage { get; init; } = "memory";

    [Setting("Folder for what Bascule keeps: the admin token, the database, the audit log. Relative to the working directory.", At = Applies.Restart)]
    public string Data { get; init; } = "data";
}
