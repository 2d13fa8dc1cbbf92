using Bascule.Cluster;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The gateways that share the storage, and their connections.</summary>
internal sealed class ClusterApi(ClusterLink cluster)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/cluster", AdminRole.Read, "How this gateway stands to the others, and who they are.", ShowAsync) { Answer = typeof(ClusterDocument) },
        new("GET", "/api/cluster/connections", AdminRole.Read, "Open connections of all gateways, as the directory knows them; half a second old.", FindAsync)
        {
            Query = [("user", "Only of this subject."), ("route", "Only on this route."), ("pool", "Only in this pool."), ("node", "Only on this node."), ("instance", "Only of this gateway."), ("limit", "How many at most; 100 when missing.")],
            Answer = typeof(ClusterConnectionsDocument),
        },
    ];

    private async Task ShowAsync(AdminCall call)
    {
        var state = cluster.State;
        var instances = cluster.Shared is { } store && state.Mode == ClusterMode.Connected ? await AskAsync(() => store.InstancesAsync(call.Cancellation)) : [];
        await call.AnswerAsync(
            new ClusterDocument(Words.Of(state.Mode), state.Text, state.Since, cluster.Instance, cluster.Unposted, [.. instances.Select(i => new InstanceDocument(i.Name, i.Since, i.Connections))]),
            ReadableJson.Admin.ClusterDocument);
    }

    private async Task FindAsync(AdminCall call)
    {
        var store = cluster.Shared ?? throw new AdminRefusal(409, "Alone", "This gateway shares no storage with others; GET /api/connections lists its own.");
        var filter = new DirectoryFilter { User = call.Query("user"), Route = call.Query("route"), Pool = call.Query("pool"), Node = call.Query("node"), Instance = call.Query("instance") };
        var found = await AskAsync(() => store.FindAsync(filter, call.Number("limit", 1, 10_000) ?? 100, call.Cancellation));
        await call.AnswerAsync(
            new ClusterConnectionsDocument([.. found.Select(c => new ClusterConnectionDocument(c.Id, c.Instance, c.User, c.Route, c.Pool, c.Node, c.Address, c.Protocol, c.Since))]),
            ReadableJson.Admin.ClusterConnectionsDocument);
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(Func<Task<IReadOnlyList<T>>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StoreUnavailableException e)
        {
            throw new AdminRefusal(503, "Storage away", e.Message);
        }
    }
}
