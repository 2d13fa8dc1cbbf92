namespace Bascule.Backends;

/// <summary>One node after the other; a node without a free slot is passed over.</summary>
internal sealed class RoundRobin(IReadOnlyList<Node> nodes) : IBalancer
{
    private int _turn;

    public Node? PickFree(in SlotRequest request, ulong keyHash)
    {
        for (var step = 0; step < nodes.Count; step++)
        {
            var at = (_turn + step) % nodes.Count;
            var node = nodes[at];
            if (!node.HasFreeSlot || request.Avoids(node))
                continue;
            _turn = (at + 1) % nodes.Count;
            return node;
        }

        return null;
    }
}
