namespace Bascule.Backends;

/// <summary>Whether a node gets new connections, and if not, which of its guards says so.</summary>
public enum NodeCondition
{
    /// <summary>It gets its share.</summary>
    Up,

    /// <summary>Active checks fail.</summary>
    Failing,

    /// <summary>The breaker is open: connections to it failed.</summary>
    Ejected,

    /// <summary>The ejection is over: one connection at a time tries the node.</summary>
    Trying,

    /// <summary>Its connections stay, new ones go elsewhere: an operator wants it so, its weight is 0, or it is no longer part of the pool.</summary>
    Draining,
}

/// <summary>The condition of a node.</summary>
/// <param name="Why">A sentence for a person; null while nothing is to be said about a node that is up.</param>
/// <param name="Since">When the node came into this condition; its sentence may be younger.</param>
public sealed record NodeState(NodeCondition Condition, string? Why, DateTimeOffset Since)
{
    public override string ToString() => Why is null ? Name : $"{Name} ({Why})";

    private string Name => Condition switch
    {
        NodeCondition.Up => "up",
        NodeCondition.Failing => "failing",
        NodeCondition.Ejected => "ejected",
        NodeCondition.Trying => "trying",
        _ => "draining",
    };
}

/// <summary>A node joined its pool, came into another condition, or is gone.</summary>
/// <param name="Old">Null for a node that joined.</param>
/// <param name="New">Null for a node that is gone: it left the pool, and its last slot is back.</param>
public sealed record NodeChange(Pool Pool, Node Node, NodeState? Old, NodeState? New);
