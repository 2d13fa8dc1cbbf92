namespace Bascule.Backends;

/// <summary>The node with the smallest part of its capacity in use. Equal nodes take turns, so that equal limits never differ by more than one take.</summary>
internal sealed class LeastConnections(IReadOnlyList<Node> nodes) : IBalancer
{
    private int _turn;

    public Node? PickFree(in SlotRequest request, ulong keyHash)
    {
        Node? best = null;
        var bestAt = 0;
        for (var step = 0; step < nodes.Count; step++)
        {
            var at = (_turn + step) % nodes.Count;
            var node = nodes[at];
            if (!node.HasFreeSlot || request.Avoids(node) || (best is not null && !IsLessUsed(node, best)))
                continue;
            best = node;
            bestAt = at;
        }

        if (best is not null)
            _turn = (bestAt + 1) % nodes.Count;
        return best;
    }

    // a/b < c/d without division: exact for whole weights, because counts and limits are at most a million, and the products stay below 2^53.
    private static bool IsLessUsed(Node node, Node than) => node.Occupied * than.Capacity < than.Occupied * node.Capacity;
}
