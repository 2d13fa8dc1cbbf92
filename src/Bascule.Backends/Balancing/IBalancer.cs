using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>A rule that picks the node of a new connection. The pool calls it inside its lock, and makes a new one when its nodes change.</summary>
internal interface IBalancer
{
    /// <summary>A node with a free slot that the request does not avoid, or null when there is none.</summary>
    /// <param name="request">What the attempt asks.</param>
    /// <param name="keyHash">Hash of the request's key; without meaning when it has none.</param>
    Node? PickFree(in SlotRequest request, ulong keyHash);

    internal static IBalancer For(Balance balance, IReadOnlyList<Node> nodes) => balance switch
    {
        Balance.LeastConnections => new LeastConnections(nodes),
        Balance.RoundRobin => new RoundRobin(nodes),
        Balance.ConsistentHash => new ConsistentHash(nodes),
        _ => throw new ArgumentOutOfRangeException(nameof(balance), balance, "This balancing rule has no code."),
    };
}
