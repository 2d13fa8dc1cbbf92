using Bascule.Backends;
using Bascule.Model;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Orders to empty a node, a pool, a route or this gateway, and how far they are.</summary>
internal sealed class DrainsApi(Drains drains, PoolTable pools, OpenConnections open, LiveConfiguration configuration, GatewayState state)
{
    private static readonly IReadOnlyList<(string Name, string Meaning)> OrderQuery =
    [
        ("perSecond", "How many are told in a second; drain.perSecond when missing."), ("dryRun", "`true`: say only what would be done."), ("why", "For the audit log."),
    ];

    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/drains", AdminRole.Read, "Drains that run, and the last ones that ran.", call => call.AnswerAsync(new DrainsDocument(drains.All()), ReadableJson.Admin.DrainsDocument)) { Answer = typeof(DrainsDocument) },
        new("GET", "/api/drains/{id}", AdminRole.Read, "One drain.", call => call.AnswerAsync(Find(call).Progress, ReadableJson.Admin.DrainProgress)) { Answer = typeof(DrainProgress) },
        new("POST", "/api/drains/{id}:cancel", AdminRole.Act, "Ends a drain where it is. A node stays out of use until it is undrained.", CancelAsync) { Query = [OrderQuery[2]], Answer = typeof(DrainProgress) },
        Order("/api/pools/{pool}/nodes/{node}:drain", "Takes a node out of use and moves its connections to the other nodes, as far as there is room.", NodeAsync),
        Order("/api/pools/{pool}:drain", "Takes all nodes of a pool out of use and asks its connections to leave.", PoolAsync),
        Order("/api/routes/{route}:drain", "Asks all connections of a route to come back.", RouteAsync),
        Order("/api/node:drain", "Takes this gateway out of readiness and asks its connections to go to another one.", GatewayAsync),
        Back("/api/pools/{pool}/nodes/{node}:undrain", "Gives a node connections again.", call => Undrain(call, [NodeOf(call)])),
        Back("/api/pools/{pool}:undrain", "Gives all nodes of a pool connections again.", call => Undrain(call, PoolOf(call).Nodes)),
        Back("/api/node:undrain", "Makes this gateway ready again.", GatewayBackAsync) with { Answer = null },
    ];

    internal static Pool PoolOf(AdminCall call, PoolTable pools) => pools.Find(call["pool"])
        ?? throw new AdminRefusal(404, "No such pool", $"There is no pool `{call["pool"]}`; there are: {string.Join(", ", pools.All.Select(p => p.Name))}.");

    internal static Node NodeOf(AdminCall call, Pool pool) => pool.Nodes.FirstOrDefault(n => n.Name == call["node"])
        ?? throw new AdminRefusal(404, "No such node", $"Pool `{pool.Name}` has no node `{call["node"]}`; it has: {string.Join(", ", pool.Nodes.Select(n => n.Name))}.");

    private static AdminRoute Order(string pattern, string summary, Func<AdminCall, Task> handle) =>
        new("POST", pattern, AdminRole.Act, summary, handle) { Query = OrderQuery, Answer = typeof(OrderDocument) };

    private static AdminRoute Back(string pattern, string summary, Func<AdminCall, Task> handle) =>
        new("POST", pattern, AdminRole.Act, summary, handle) { Query = [OrderQuery[2]], Answer = typeof(PoolsDocument) };

    private Pool PoolOf(AdminCall call) => PoolOf(call, pools);

    private Node NodeOf(AdminCall call) => NodeOf(call, PoolOf(call));

    private Drain Find(AdminCall call) => drains.Find(call["id"]) ?? throw new AdminRefusal(404, "No such drain", $"No drain has the id `{call["id"]}`; GET /api/drains lists them.");

    private Task CancelAsync(AdminCall call)
    {
        var drain = Find(call);
        drain.Cancel();
        call.Outcome = $"cancelled the drain of {drain.Order.What}";
        return call.AnswerAsync(drain.Progress, ReadableJson.Admin.DrainProgress);
    }

    private Task NodeAsync(AdminCall call)
    {
        var pool = PoolOf(call);
        var node = NodeOf(call, pool);
        var perSecond = PaceOf(call);
        if (!call.DryRun)
            pool.Drain(node, true);
        var selector = new ConnectionSelector(Pool: pool.Name, Node: node.Name);
        var warning = pool.Nodes.Any(n => n != node && n.IsUsable)
            ? null
            : $"No other node of pool {pool.Name} is in use: new clients get no_usable_node, and those of this node have nowhere to go until one is back.";
        return StartAsync(call, perSecond, $"node {node.Name} of pool {pool.Name}", selector, pool.Name, newcomers: true, warning);
    }

    private Task PoolAsync(AdminCall call)
    {
        var pool = PoolOf(call);
        var perSecond = PaceOf(call);
        foreach (var node in call.DryRun ? [] : pool.Nodes)
            pool.Drain(node, true);
        return StartAsync(call, perSecond, $"pool {pool.Name}", new ConnectionSelector(Pool: pool.Name), roomIn: null, newcomers: true,
            $"New clients of pool {pool.Name} get no_usable_node until it is undrained.");
    }

    private Task RouteAsync(AdminCall call)
    {
        var name = call["route"];
        var routes = configuration.Current.Routes.All;
        var selector = new ConnectionSelector(Route: name);
        // Connections may be open on a route that a reload removed.
        if (!routes.Any(r => r.Name == name) && open.Select(selector).Count == 0)
            throw new AdminRefusal(404, "No such route", $"There is no route `{name}`; there are: {string.Join(", ", routes.Select(r => r.Name))}.");
        return StartAsync(call, PaceOf(call), $"route {name}", selector, roomIn: null, newcomers: false);
    }

    private Task GatewayAsync(AdminCall call)
    {
        var perSecond = PaceOf(call);
        if (!call.DryRun)
            state.LeaveReadiness();
        return StartAsync(call, perSecond, "this gateway", new ConnectionSelector(), roomIn: null, newcomers: false);
    }

    private Task GatewayBackAsync(AdminCall call)
    {
        if (state.Stopping)
            throw new AdminRefusal(409, "Stopping", "The gateway is stopping; it cannot become ready again.");
        state.Open();
        foreach (var drain in drains.OfGateway())
            drain.Cancel();
        call.Outcome = "ready again";
        return call.SayAsync(StatusCodes.Status200OK, "ready");
    }

    /// <summary>Asked for before anything is done: an order that is refused has no effect.</summary>
    private int PaceOf(AdminCall call) => call.Number("perSecond", 1, 100_000) ?? configuration.Current.Settings.Drain.PerSecond;

    private Task StartAsync(AdminCall call, int perSecond, string what, ConnectionSelector selector, string? roomIn, bool newcomers, string? warning = null)
    {
        var matching = open.Select(selector).Count;
        call.Outcome = call.DryRun ? $"would drain {what}: {matching} connections" : $"drains {what}: {matching} connections, {perSecond} a second";
        if (call.DryRun)
            return call.AnswerAsync(new OrderDocument(what, true, matching, null, warning), ReadableJson.Admin.OrderDocument);
        var drain = drains.Start(new DrainOrder(what, selector, EndReasons.Draining, perSecond, call.Who.Name, call.Why, roomIn, newcomers));
        return call.AnswerAsync(new OrderDocument(what, false, matching, drain.Progress, warning), ReadableJson.Admin.OrderDocument, StatusCodes.Status202Accepted);
    }

    private Task Undrain(AdminCall call, IEnumerable<Node> nodes)
    {
        var pool = PoolOf(call);
        foreach (var node in nodes)
            pool.Drain(node, false);
        // What still moves would go on moving clients away from nodes that are wanted again.
        foreach (var drain in nodes.SelectMany(node => drains.Running(pool.Name, node.Name)))
            drain.Cancel();
        call.Outcome = "in use again";
        return call.AnswerAsync(new PoolsDocument([PoolsApi.Document(pool)]), ReadableJson.Admin.PoolsDocument);
    }
}
