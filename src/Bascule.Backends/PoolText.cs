using System.Globalization;

namespace Bascule.Backends;

/// <summary>What a pool says about an attempt that got no slot.</summary>
internal static class PoolText
{
    /// <summary>More nodes than this make a text that nobody reads.</summary>
    private const int MostNodes = 10;

    internal static string Full(Pool pool, in SlotRequest request, int inUse)
    {
        var length = pool.Settings.Queue.Length;
        return $"pool {pool.Name}: {inUse} of {pool.SlotLimit} slots in use, "
            + (length == 0 ? "and nobody may wait (queue.length 0)" : $"{length} of {length} places in the queue taken") + Avoided(request);
    }

    internal static string ShareTaken(Pool pool)
    {
        var share = pool.Settings.Queue.PerUser;
        return string.Create(CultureInfo.InvariantCulture, $"pool {pool.Name}: this user or address has {share} of {share} places in the queue that it may have (queue.perUser)");
    }

    internal static string Timeout(Pool pool, Waiter waiter, TimeSpan waited) =>
        $"waited {waited.TotalSeconds:0.###} s from place {waiter.PositionAtStart} in the queue; pool {pool.Name}: "
        + $"{pool.SlotsInUse} of {pool.SlotLimit} slots in use, {pool.Waiting} of {pool.Settings.Queue.Length} still waiting{NotUp(pool)}{Avoided(waiter.Request)}";

    internal static string NoneUsable(Pool pool, in SlotRequest request)
    {
        var nodes = pool.Nodes;
        if (nodes.Count == 0)
            return $"pool {pool.Name} has no node: discovery found none so far";
        var more = nodes.Count > MostNodes ? $", and {nodes.Count - MostNodes} more" : "";
        return $"pool {pool.Name}: {string.Join(", ", nodes.Take(MostNodes).Select(node => $"{node.Name} is {node.State}"))}{more}{Avoided(request)}";
    }

    // A wait that ended while nodes were out of use ended because of that, too.
    private static string NotUp(Pool pool)
    {
        var notUp = pool.Nodes.Where(node => node.State.Condition != NodeCondition.Up).Take(MostNodes).Select(node => $"; {node.Name} is {node.State}");
        return string.Concat(notUp);
    }

    private static string Avoided(in SlotRequest request) =>
        request.Avoid is { Count: > 0 } failed ? $"; not counting on {string.Join(", ", failed)}, which just failed this attempt" : "";
}
