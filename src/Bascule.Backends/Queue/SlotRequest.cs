namespace Bascule.Backends;

/// <summary>What an attempt asks of a pool.</summary>
/// <param name="Key">What consistentHash hashes; null for the other rules, or when the request lacks it (then the least used node is taken).</param>
/// <param name="Avoid">Nodes that just failed this attempt. The list must not change while the attempt waits.</param>
/// <param name="Priority">The higher is served first, whoever came first; equal ones in turn. A steady stream of higher ones starves the lower.</param>
/// <param name="Owner">User, or address without a user, whose places in the queue are counted; null: not counted.</param>
/// <param name="Id">A name to find the attempt in the queue by.</param>
public readonly record struct SlotRequest(string? Key, IReadOnlyList<Node>? Avoid, int Priority = 0, string? Owner = null, string? Id = null)
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
