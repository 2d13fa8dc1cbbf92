namespace Bascule.Settings;

/// <summary>The whole configuration: an immutable snapshot, valid as a whole.</summary>
public sealed record BasculeSettings
{
    [Setting("Where Bascule listens.")]
    public ListenSettings Listen { get; init; } = new();

    [Setting("How clients prove who they are.")]
    public AuthSettings Auth { get; init; } = new();

    [Setting("Groups of interchangeable back ends, by name.")]
    public IReadOnlyDictionary<string, PoolSettings> Pools { get; init; } = new Dictionary<string, PoolSettings>(StringComparer.Ordinal);

    [Setting("What goes where. The most specific path wins.")]
    public IReadOnlyList<RouteSettings> Routes { get; init; } = [];

    [Setting("When a silent side is pinged, and when its silence ends the connection.")]
    public HeartbeatSettings Heartbeat { get; init; } = new();

    [Setting("How long each step of a connection may take.")]
    public DeadlineSettings Deadlines { get; init; } = new();

    [Setting("How long an open connection may live.")]
    public LifeSettings Life { get; init; } = new();

    [Setting("What is remembered of attempts and endings, for `bascule explain`.")]
    public JournalSettings Journal { get; init; } = new();

    [Setting("How the gateway stops.")]
    public StopSettings Stop { get; init; } = new();

    [Setting("Folder for what Bascule keeps: the admin token, later its database. Relative to the working directory.")]
    public string Data { get; init; } = "data";
}
