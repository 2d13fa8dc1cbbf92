namespace Bascule.Backends;

/// <summary>What an attempt asks of a pool.</summary>
/// <param name="Key">What consistentHash hashes; null for the other rules, or when the request lacks it (then the least used node is taken).</param>
/// <param name="Avoid">Nodes that just failed this attempt; never all of them. The list must not change while the attempt waits.</param>
public readonly record struct SlotRequest(string? Key, IReadOnlyList<Node>? Avoid)
{
    internal bool Avoids(Node node)
    {
        if (Avoid is null)
            return false;
        for (var i = 0; i < Avoid.Count; i++)
        {
            if (ReferenceEquals(Avoid[i], node))
                return true;
        }

        return false;
    }
}
