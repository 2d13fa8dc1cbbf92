using System.Text.Json;
using Bascule.Backends;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Tells what happens to nodes: log, events; and keeps the slots watched that gateways share.</summary>
internal sealed class NodeNewsDesk(PoolTable pools, SharedSlots shared, Dialers dialers, EventFeed events, ILogger<PoolTable> log)
{
    internal void Listen(PoolWatch watch)
    {
        pools.NodeChanged += Tell;
        pools.Updated += dialers.Follow;
        watch.DiscoveryChanged += state =>
        {
            if (state.Fault is { } fault)
                log.DiscoveryFailed(state.Pool, state.Url, fault, state.Nodes);
            else
                log.DiscoveryWorks(state.Pool, state.Url, state.Nodes);
        };
    }

    private void Tell(NodeChange change)
    {
        var (from, to) = (change.Old?.ToString() ?? "new", change.New?.ToString() ?? "gone");
        if (change.New?.Condition is NodeCondition.Failing or NodeCondition.Ejected)
            log.NodeLeftUse(change.Node.Name, change.Pool.Name, from, to);
        else
            log.NodeChanged(change.Node.Name, change.Pool.Name, from, to);
        dialers.Follow();
        if (change.Old is null || change.New is null)
            shared.Watch();
        if (events.HasListeners)
            events.Tell("node", JsonSerializer.Serialize(new NodeEvent(change.Pool.Name, change.Node.Name, from, to), ReadableJson.Events.NodeEvent));
    }
}
