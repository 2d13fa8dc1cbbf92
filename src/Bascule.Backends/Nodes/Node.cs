using System.Net;

namespace Bascule.Backends;

/// <summary>One back end of a pool: how many of its slots are in use, and whether it gets more connections. May be read at any time, from any thread.</summary>
public sealed class Node
{
    private int _slotsInUse;
    private int _usedElsewhere;
    private volatile NodeState _state;

    internal Node(NodePlan plan, NodeState state)
    {
        Plan = plan;
        Name = plan.Name;
        Hash = HashKey.Of(Name);
        Url = plan.Url;
        SlotLimit = plan.Slots;
        Weight = plan.Weight;
        _state = state;
    }

    /// <summary><c>host:port</c>, or <c>address:port</c> of a node found by A or AAAA records; IPv6 is in brackets. No two nodes of a pool have the same.</summary>
    public string Name { get; }

    /// <summary>Scheme, host and port as requests and certificates name it.</summary>
    public Uri Url { get; private set; }

    /// <summary>Where to connect, when discovery found it; null: the host of <see cref="Url"/> is resolved as usual.</summary>
    public IPAddress? Address => Plan.Address;

    /// <summary>Accept any certificate of this node.</summary>
    public bool InsecureTls => Plan.InsecureTls;

    /// <summary>Connections that this node takes at once.</summary>
    public int SlotLimit { get; internal set; }

    /// <summary>Its part of the connections beside other nodes; 0: none.</summary>
    public int Weight { get; internal set; }

    public int SlotsInUse => Volatile.Read(ref _slotsInUse);

    /// <summary>Slots that other gateways hold on it, in a shared pool.</summary>
    public int UsedElsewhere
    {
        get => Volatile.Read(ref _usedElsewhere);
        internal set => Volatile.Write(ref _usedElsewhere, value);
    }

    public NodeState State
    {
        get => _state;
        internal set => _state = value;
    }

    /// <summary>It gets its share of new connections.</summary>
    public bool IsUsable => State.Condition is NodeCondition.Up or NodeCondition.Trying;

    internal ulong Hash { get; }

    /// <summary>What settings or discovery last said of it. Weight and slots may have been changed by an operator since.</summary>
    internal NodePlan Plan { get; private set; }

    /// <summary>Why it is no longer part of the pool; null while it is.</summary>
    internal string? Leaving { get; set; }

    /// <summary>An operator lets it run empty.</summary>
    internal bool IsDrained { get; set; }

    /// <summary>Why it cannot be reached now; null while it can, or while nobody keeps a line to it.</summary>
    internal string? Away { get; set; }

    internal CheckRecord Checks { get; } = new();

    internal Breaker Breaker { get; } = new();

    /// <summary>The timestamp at which its slow start began; null when it has its whole share.</summary>
    internal long? RampFrom { get; set; }

    /// <summary>Its weight, less while it starts slowly. The balancers go by it; above 0 for every node that is up.</summary>
    internal double Share { get; set; }

    internal int Occupied => SlotsInUse + UsedElsewhere;

    /// <summary>What it can hold, by its share: the node with the smallest part of it occupied is the least used one.</summary>
    internal double Capacity => SlotLimit * Share;

    internal bool TakesConnections => State.Condition is NodeCondition.Up || (State.Condition is NodeCondition.Trying && Breaker.Trial is null);

    internal bool HasFreeSlot => Occupied < SlotLimit && TakesConnections;

    public override string ToString() => Name;

    /// <summary>Changes the count. Only the pool calls it, inside its lock.</summary>
    internal void Count(int change) => Volatile.Write(ref _slotsInUse, _slotsInUse + change);

    /// <summary>Takes over what changed in the settings; what did not keeps the value that an operator gave it.</summary>
    internal void Follow(NodePlan plan)
    {
        if (plan.Slots != Plan.Slots)
            SlotLimit = plan.Slots;
        if (plan.Weight != Plan.Weight)
            Weight = plan.Weight;
        Url = plan.Url;
        Plan = plan;
        Leaving = null;
    }
}
