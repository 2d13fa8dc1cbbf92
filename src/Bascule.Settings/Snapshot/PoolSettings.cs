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

    [Setting("Where attempts wait while no slot is free.")]
    public QueueSettings Queue { get; init; } = new();
}

/// <summary>One back end; may be written as its URL alone.</summary>
public sealed record NodeSettings
{
    [Setting("http://HOST:PORT or https://HOST:PORT, without a path.", Required = true, Shorthand = true)]
    public string Url { get; init; } = "";

    [Setting("Slots of this node, instead of the pool's slotsPerNode.", Min = "1", Max = "1000000")]
    public int? Slots { get; init; }

    [Setting("Accept any certificate of this node. For tests only: the connection can be read and changed by others.")]
    public bool InsecureTls { get; init; }
}

public sealed record QueueSettings
{
    [Setting("Attempts that may wait; the next one is refused at once. 0: nobody waits.", Min = "0", Max = "1000000")]
    public int Length { get; init; } = 1000;

    [Setting("Longest wait for a slot.", Min = "100ms", Max = "5m")]
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(10);
}
