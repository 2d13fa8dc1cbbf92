using Bascule.Admission;
using Bascule.Backends;
using Bascule.Cluster;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Takes a slot for an attempt; in a shared pool also its place in the count of all gateways.</summary>
public sealed class SlotDesk(ClusterCounts counts, GatewayMetrics metrics)
{
    /// <param name="tried">Nodes that failed this attempt already.</param>
    /// <returns>Null when the passage has its slot.</returns>
    public async ValueTask<Ending?> TakeAsync(Passage passage, Pool pool, IReadOnlyList<Node>? tried, CancellationToken cancellation)
    {
        var settings = pool.Settings;
        var request = new SlotRequest(BalanceKey.Of(passage, settings), tried, PriorityOf(passage.Identity, settings.Queue), OwnerOf(passage), passage.Attempt.Id.ToString());
        while (true)
        {
            var taking = pool.TakeAsync(request, cancellation);
            // So that the waiting client can ask where it stands.
            if (!taking.IsCompleted)
                passage.Attempt.Waiting = () => pool.FindWaiting(request.Id!);
            var taken = await taking;
            passage.Attempt.Waiting = null;
            metrics.QueueWaited(pool.Name, taken.Waited);
            if (taken.Slot is null)
                return taken.Ending;
            // From here on the closing stage gives it back, whatever happens.
            passage.Slot = taken.Slot;
            if (!settings.Shared || await ClaimAsync(passage, pool, taken.Slot.Node, cancellation))
                return null;
            passage.Slot = null;
            taken.Slot.Dispose();
        }
    }

    /// <summary>Gives back what a node that failed held.</summary>
    internal static void GiveBack(Passage passage)
    {
        passage.Slot?.Dispose();
        passage.SharedSlot?.Dispose();
        passage.Slot = null;
        passage.SharedSlot = null;
    }

    /// <summary>False when other gateways took the last one since they were heard of last; then the node is known to be full.</summary>
    private async ValueTask<bool> ClaimAsync(Passage passage, Pool pool, Node node, CancellationToken cancellation)
    {
        var key = CountKey.OfSlot(pool.Name, node.Name);
        var result = await counts.TakeAsync([new CountClaim(key, node.SlotLimit)], cancellation);
        passage.SharedSlot = result.Lease;
        if (result.Full is null)
            return true;
        pool.SetUsedElsewhere(node, Math.Max(0, result.Seen - counts.CountOf(key)));
        return false;
    }

    private static int PriorityOf(Identity? identity, QueueSettings queue)
    {
        if (identity is null || queue.Priorities.Count == 0)
            return 0;
        var named = identity.Roles.Append(identity.Tier).OfType<string>().Where(queue.Priorities.ContainsKey).Select(name => queue.Priorities[name]).ToList();
        return named.Count == 0 ? 0 : named.Max();
    }

    private static string? OwnerOf(Passage passage) =>
        passage.Identity is { } identity ? LimitKeys.User(identity) : passage.Source?.Address is { } address ? LimitKeys.Address(address) : null;
}
