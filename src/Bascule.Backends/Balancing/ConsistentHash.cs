namespace Bascule.Backends;

/// <summary>Weighted rendezvous hashing: of the nodes with a free slot, the one with the highest score for the key.
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
        for (var at = 0; at < nodes.Count; at++)
        {
            var node = nodes[at];
            if (node.HasFreeSlot && !request.Avoids(node) && (best is null || IsNearer(node, best, keyHash)))
                best = node;
        }

        return best;
    }

    /// <summary>The key's own among the nodes in this condition, whether it has a free slot or not.</summary>
    internal static Node? OwnNode(IReadOnlyList<Node> nodes, NodeCondition condition, ulong keyHash)
    {
        Node? best = null;
        foreach (var node in nodes)
        {
            if (node.State.Condition == condition && (best is null || IsNearer(node, best, keyHash)))
                best = node;
        }

        return best;
    }

    // share / -ln(hash as a number from 0 to 1), compared without division. With equal shares that is the order of the hashes.
    private static bool IsNearer(Node node, Node than, ulong keyHash)
    {
        var hash = HashKey.Weight(keyHash, node.Hash);
        var other = HashKey.Weight(keyHash, than.Hash);
        return node.Share.Equals(than.Share) ? hash > other : node.Share * Distance(other) > than.Share * Distance(hash);
    }

    // The upper 53 bits, which a double holds exactly, plus a half, so that neither 0 nor 1 comes out.
    private static double Distance(ulong hash) => -Math.Log(((hash >> 11) + 0.5) * (1.0 / (1UL << 53)));
}
