namespace Bascule.Settings;

public enum Balance
{
    /// <summary>The node with the fewest slots in use.</summary>
    LeastConnections,

    /// <summary>One after the other.</summary>
    RoundRobin,

    /// <summary>The same key goes to the same node; adding a node moves few keys.</summary>
    ConsistentHash,
}

public enum BackendProtocol
{
    /// <summary>One TCP connection for each WebSocket.</summary>
    Http1,

    /// <summary>Extended CONNECT (RFC 8441): many WebSockets in one TCP connection.</summary>
    Http2,
}

public enum Discovery
{
    /// <summary>The URL is one node.</summary>
    Off,

    /// <summary>Every address of the name is a node.</summary>
    A,

    /// <summary>The SRV records of the name are the nodes (RFC 2782).</summary>
    Srv,

    /// <summary>The ready pods behind a Service of Kubernetes are the nodes.</summary>
    Kubernetes,
}

public enum HealthCheck
{
    Http,
    Tcp,
    WebSocket,
}

public sealed record PoolSettings
{
    [Setting("The back ends: http://HOST:PORT or https://HOST:PORT. At least one.", Required = true)]
    public IReadOnlyList<NodeSettings> Nodes { get; init; } = [];

    [Setting("Connections that one node takes at once. 6,000 is case C1.", Min = "1", Max = "1000000")]
    public int SlotsPerNode { get; init; } = 6000;

    [Setting("How a node is chosen: leastConnections, roundRobin or consistentHash.")]
    public Balance Balance { get; init; } = Balance.LeastConnections;

    [Setting("What consistentHash hashes: `path`, `address`, `user`, `query:NAME` or `header:NAME`.")]
    public string HashBy { get; init; } = "address";

    [Setting("Where attempts wait while no slot is free.", At = Applies.AtOnce)]
    public QueueSettings Queue { get; init; } = new();

    [Setting("Active checks of each node. Without it, nodes are judged by the connections that they get.", At = Applies.AtOnce)]
    public HealthSettings? Health { get; init; }

    [Setting("When a node that fails its clients gets no more of them.", At = Applies.AtOnce)]
    public BreakerSettings Breaker { get; init; } = new();

    [Setting("A node that is new, or back, gets its share of connections little by little over this time.", MayBeOff = true, Min = "1s", Max = "1h", At = Applies.AtOnce)]
    public TimeSpan SlowStart { get; init; } = TimeSpan.Zero;

    [Setting("How long an answer of the DNS is used at most, for nodes that are discovered by it. Shorter when the answer says so.", Min = "1s", Max = "1h", At = Applies.AtOnce)]
    public TimeSpan DiscoverEvery { get; init; } = TimeSpan.FromSeconds(30);

    [Setting("TCP or TLS connections that are opened ahead for each node, so that a client does not wait for them (case E6).", Min = "0", Max = "100", At = Applies.AtOnce)]
    public int Ready { get; init; }

    [Setting("How WebSockets go to the nodes: `http1`, or `http2` (RFC 8441), where many share one connection; nodes that do not speak it get `http1`.")]
    public BackendProtocol Protocol { get; init; } = BackendProtocol.Http1;

    [Setting("Slots are counted over all gateways that share the storage, not for each gateway.", At = Applies.Restart)]
    public bool Shared { get; init; }

    [Setting("After nodes were added, so many connections a minute are asked to move to where there is more room. 0: none.", Min = "0", Max = "100000", At = Applies.AtOnce)]
    public int RebalancePerMinute { get; init; }
}

/// <summary>One back end; may be written as its URL alone.</summary>
public sealed record NodeSettings
{
    [Setting("http://HOST:PORT or https://HOST:PORT, without a path.", Required = true, Shorthand = true)]
    public string Url { get; init; } = "";

    [Setting("Slots of this node, instead of the pool's slotsPerNode.", Min = "1", Max = "1000000")]
    public int? Slots { get; init; }

    [Setting("Its part of the connections, beside the others: 2 gets twice as many as 1. 0 gets none.", Min = "0", Max = "1000")]
    public int Weight { get; init; } = 1;

    [Setting("`a`: the name stands for all its addresses (A and AAAA), each a node. `srv`: it is an SRV name, which also gives ports and weights. `kubernetes`: the URL is http://SERVICE.NAMESPACE:PORT, and each ready pod behind that Service is a node (EndpointSlices, watched), where PORT is the one that the pods listen on. `off`: one node.")]
    public Discovery Discover { get; init; } = Discovery.Off;

    [Setting("Accept any certificate of this node. For tests only: the connection can be read and changed by others.")]
    public bool InsecureTls { get; init; }
}

public sealed record QueueSettings
{
    [Setting("Attempts that may wait; the next one is refused at once. 0: nobody waits.", Min = "0", Max = "1000000")]
    public int Length { get; init; } = 1000;

    [Setting("Longest wait for a slot.", Min = "100ms", Max = "5m")]
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("Places that one user, or an address without a user, may hold. 0: no limit.", Min = "0", Max = "1000000")]
    public int PerUser { get; init; }

    [Setting("Priority of tiers and roles: the higher is served first; who is not named has 0. Equal ones first come, first served.")]
    public IReadOnlyDictionary<string, int> Priorities { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);
}

public sealed record HealthSettings
{
    [Setting("`http` (GET of the path), `tcp` (a connection is taken) or `webSocket` (a handshake on the path is answered with 101).")]
    public HealthCheck Check { get; init; } = HealthCheck.Http;

    [Setting("Path of the check.")]
    public string Path { get; init; } = "/health";

    [Setting("Time between two checks of a node; the next one waits for the one that runs.", Min = "100ms", Max = "10m")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(5);

    [Setting("A check that takes longer has failed.", Min = "50ms", Max = "1m")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    [Setting("Checks in a row that must fail before the node gets no more connections.", Min = "1", Max = "100")]
    public int FailAfter { get; init; } = 3;

    [Setting("Checks in a row that must succeed before it gets them again.", Min = "1", Max = "100")]
    public int RiseAfter { get; init; } = 2;
}

/// <summary>A failure is: no connection, no valid 101, or a connection that the back end broke, left without pongs, or closed with 1011 to 1014. One that did so before <see cref="EarlyDeath"/> counts in the percentage too.</summary>
public sealed record BreakerSettings
{
    [Setting("Failures in a row that open the breaker: the node is ejected. 0: never.", Min = "0", Max = "1000")]
    public int Failures { get; init; } = 5;

    [Setting("Percentage of failures among the last connections of a node that ejects it, too. 0: not looked at.", Min = "0", Max = "100")]
    public int FailurePercent { get; init; } = 50;

    [Setting("So many connections must have ended before the percentage counts.", Min = "2", Max = "10000")]
    public int Sample { get; init; } = 20;

    [Setting("A connection that its back end ends abnormally before this age is a failure of the node.", MayBeOff = true, Min = "100ms", Max = "10m")]
    public TimeSpan EarlyDeath { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("How long a node is ejected the first time; doubled each time in a row, up to the longest. Then one connection tries it.", Min = "100ms", Max = "1h")]
    public TimeSpan Ejection { get; init; } = TimeSpan.FromSeconds(10);

    [Setting("Longest ejection.", Min = "1s", Max = "1d")]
    public TimeSpan LongestEjection { get; init; } = TimeSpan.FromMinutes(5);

    [Setting("Percentage of the nodes that may be ejected at once, one at least: when all fail, the fault is elsewhere.", Min = "1", Max = "100")]
    public int MostEjected { get; init; } = 50;
}
