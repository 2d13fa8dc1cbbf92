using Bascule.Backends;
using Bascule.Model;
using Bascule.Relay;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Serves an ordinary request: topics here, all else by a node of the route's pool. It takes no slot: slots are for connections that stay.</summary>
public sealed class HttpStage(PoolTable pools, HttpForwarder forwarder, TopicHttp topics, GatewayMetrics metrics)
{
    /// <summary>By a back end, or by the hub. Null when it was answered.</summary>
    public Task<Ending?> ServeAsync(Passage passage, HttpContext context, CancellationToken cancellation) =>
        passage.Match.Route!.Destination is TopicDestination topic ? topics.ServeAsync(passage, context, topic, cancellation) : ForwardAsync(passage, context, cancellation);

    private async Task<Ending?> ForwardAsync(Passage passage, HttpContext context, CancellationToken cancellation)
    {
        var route = passage.Match.Route!;
        if (!route.Settings.Http || route.Destination is not PoolDestination destination)
            return new Ending(EndReasons.UpgradeRequired);

        passage.Attempt.Enter(Stage.Connect);
        if (pools.Find(destination.Pool) is not { } pool)
            return ConnectStage.PoolRemoved(destination);
        if (pool.Choose(BalanceKey.Of(passage, pool.Settings)) is not { } node)
            return pool.NoUsableNode();
        passage.Attempt.Node = node.Name;
        var target = new ForwardTarget(node.Url, node.InsecureTls, BackendFields.PathAndQuery(passage), passage.Rules.Fields.Added(passage), Removed(passage)) { Address = node.Address };
        var result = await forwarder.ForwardAsync(context, target, cancellation);
        // One that failed is counted where it is answered.
        if (result.Ending is null)
            metrics.HttpRequestEnded(route.Name, result.Status, null);
        return result.Ending;
    }

    /// <summary>The names that are never passed on, and whatever this client sent that a back end would read as one of them.</summary>
    private static List<string> Removed(Passage passage)
    {
        var fields = passage.Rules.Fields;
        var removed = new List<string>(fields.Removed(passage.TokenTaken));
        foreach (var field in passage.Head.Headers)
        {
            if (fields.IsRemoved(field.Key, passage.TokenTaken))
                removed.Add(field.Key);
        }

        return removed;
    }
}
