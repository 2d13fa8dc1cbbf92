namespace Bascule.Backends;

/// <summary>Rendezvous hashing: of the nodes with a free slot, the one with the highest weight for the key.
/// A new node takes only the keys that become its own.</summary>
internal sealed class ConsistentHash(IReadOnlyList<Node> nodes) : IBalancer
{
    // Requests without a key have no node of their own; hashing nothing would send them all to one.
    private readonly LeastConnections _withoutKey = new(nodes);

    public Node? PickFree(in SlotRequest request, ulong keyHash)
    {
        if (request.Key is null)
            return _withoutKey.PickFree(request, keyHash);
        Node? best = null;
        var bestWeight = 0UL;
        for (var at = 0; at < nodes.Count; at++)
        {
            var node = nodes[at];
            var weight = HashKey.Weight(keyHash, node.Hash);
            if (!node.HasFreeSlot || request.Avoids(node) || (best is not null && weight <= bestWeight))
                continue;
            best = node;
            bestWeight = weight;
        }

        return best;
    }

    /// <summary>The key's own node, whether it has a free slot or not.</summary>
    internal static Node OwnNode(IReadOnlyList<Node> nodes, ulong keyHash) => nodes.MaxBy(n => HashKey.Weight(keyHash, n.Hash))!;
}
