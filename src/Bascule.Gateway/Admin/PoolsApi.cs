using Bascule.Backends;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Pools, their nodes and queues: look, change weight and slots.</summary>
internal sealed class PoolsApi(PoolTable pools)
{
    private const int MostWaitersListed = 100;

    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/pools", AdminRole.Read, "All pools with the state of their nodes.",
            call => call.AnswerAsync(new PoolsDocument([.. pools.All.Select(p => Document(p))]), ReadableJson.Admin.PoolsDocument)) { Answer = typeof(PoolsDocument) },
        new("GET", "/api/pools/{pool}", AdminRole.Read, "One pool.",
            call => call.AnswerAsync(Document(DrainsApi.PoolOf(call, pools)), ReadableJson.Admin.PoolDocument)) { Answer = typeof(PoolDocument) },
        new("PATCH", "/api/pools/{pool}/nodes/{node}", AdminRole.Act, "Changes the weight or the slots of a node, until the next change of the configuration.", ChangeAsync)
        {
            Query = [("weight", "0 to 1000."), ("slots", "1 to 1000000."), ("why", "For the audit log.")],
            Answer = typeof(NodeDocument),
        },
        new("GET", "/api/queue", AdminRole.Read, "Attempts that wait for a slot, in their order.", QueueAsync) { Answer = typeof(QueuesDocument) },
    ];

    internal static PoolDocument Document(Pool pool)
    {
        var usable = pool.Nodes.Where(n => n.IsUsable).Select(n => n.SlotsInUse).ToList();
        return new PoolDocument(
            pool.Name, NameOf(pool.Settings.Balance), pool.SlotsInUse, pool.SlotLimit, pool.Waiting, pool.Settings.Queue.Length,
            usable.Count == 0 ? 0 : usable.Max() - usable.Min(), [.. pool.Nodes.Select(Document)]);
    }

    private static NodeDocument Document(Node node)
    {
        var state = node.State;
        return new NodeDocument(
            node.Name, node.Url.ToString(), NameOf(state.Condition), state.Why, state.Since, node.SlotsInUse, node.SlotLimit, node.UsedElsewhere,
            Math.Round(100.0 * (node.SlotsInUse + node.UsedElsewhere) / Math.Max(1, node.SlotLimit), 2), node.Weight);
    }

    private Task ChangeAsync(AdminCall call)
    {
        var pool = DrainsApi.PoolOf(call, pools);
        var node = DrainsApi.NodeOf(call, pool);
        var weight = call.Number("weight", 0, 1000);
        var slots = call.Number("slots", 1, 1_000_000);
        if (weight is null && slots is null)
            throw new AdminRefusal(400, "Nothing to change", "Give weight, slots or both.");
        if (weight is { } w)
            pool.SetWeight(node, w);
        if (slots is { } s)
            pool.SetSlots(node, s);
        call.Outcome = $"node {node.Name} of pool {pool.Name}: weight {node.Weight}, slots {node.SlotLimit}";
        return call.AnswerAsync(Document(node), ReadableJson.Admin.NodeDocument);
    }

    private Task QueueAsync(AdminCall call)
    {
        var queues = pools.All.Select(pool => new QueueDocument(
            pool.Name, pool.Waiting, pool.Settings.Queue.Length,
            [.. pool.QueueView().Take(MostWaitersListed).Select(w => new WaiterDocument(
                w.Position, w.Id, Math.Round(w.Waited.TotalSeconds, 3), w.Priority, w.Estimate is { } left ? Math.Round(left.TotalSeconds, 1) : null))]));
        return call.AnswerAsync(new QueuesDocument([.. queues]), ReadableJson.Admin.QueuesDocument);
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
