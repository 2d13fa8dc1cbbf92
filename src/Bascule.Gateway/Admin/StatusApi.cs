using Bascule.Cluster;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>GET /api/status: one answer for whoever watches the gateway.</summary>
internal sealed class StatusApi(GatewayRooms rooms)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/status", AdminRole.Read, "The process, what it counted since it started, and what an operator should know now.",
            call => call.AnswerAsync(Make(call.Now), ReadableJson.Admin.StatusDocument)) { Answer = typeof(StatusDocument) },
    ];

    private StatusDocument Make(DateTimeOffset now)
    {
        var health = rooms.Health.Make();
        var totals = rooms.Counters.Totals;
        var open = rooms.Connections.All();
        var process = new ProcessStatus(
            health.Checks.Cpu.Percentage, Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 3), Environment.ProcessorCount, Environment.WorkingSet,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, rooms.Overload.InFlight);
        var counts = new GatewayCounts(
            open.Count, totals.Accepted, totals.Refused, totals.Ended, totals.MessagesUp, totals.MessagesDown, totals.BytesUp, totals.BytesDown, totals.HttpRequests);
        return new StatusDocument(
            health.Build, State, now, health.UptimeSeconds, rooms.Configuration.Current.Number, process, counts, RoutesOf(open, totals), Named(totals.Refusals),
            Named(totals.Endings), [.. Warnings()]);
    }

    private string State => rooms.State.Stopping ? "stopping" : rooms.State.Ready ? "ready" : "notReady";

    /// <summary>Those of the configuration, in its order; a route that is gone stays until its last connection is.</summary>
    private List<RouteStatus> RoutesOf(IReadOnlyCollection<OpenConnection> open, GatewayTotals totals)
    {
        var current = rooms.Configuration.Current.Settings.Routes;
        var counts = open.CountBy(c => c.Route.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var gone = open.Select(c => c.Route.Settings).Where(r => !current.Any(c => c.Name == r.Name)).DistinctBy(r => r.Name, StringComparer.Ordinal);
        return [.. current.Concat(gone).Select(Document)];

        RouteStatus Document(RouteSettings route)
        {
            var (accepted, refused, ended) = totals.OfRoute(route.Name);
            var auth = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName((route.Auth ?? AuthPolicy.Required).ToString());
            return new RouteStatus(route.Name, route.Path, route.Pool.Length == 0 ? null : route.Pool, auth, counts.GetValueOrDefault(route.Name), accepted, refused, ended);
        }
    }

    private static List<ReasonCount> Named(IReadOnlyList<(string Label, long Count)> counts) =>
        [.. counts.Select(c => new ReasonCount(c.Label, EndReasons.All.FirstOrDefault(r => r.Label == c.Label) is { } reason ? Words.Of(reason.By) : "gateway", c.Count))];

    private IEnumerable<StatusWarning> Warnings()
    {
        if (rooms.State.Stopping)
            yield return new("stopping", "The gateway is stopping and takes no new connections.");
        else if (!rooms.State.Ready)
            yield return new("notReady", "The gateway is out of readiness: it starts, or an operator drains it.");
        if (rooms.Overload.IsOverloaded)
            yield return new("overload", $"New attempts are refused. {rooms.Overload.Check()?.Detail ?? $"Handshakes under way: {rooms.Overload.InFlight}."}");
        if (rooms.Cluster.State is { Mode: ClusterMode.Lost } lost)
            yield return new("storage", lost.Text);
        if (rooms.Reload.Last is { Applied: false } refused)
            yield return new("reload", $"The configuration was not taken over at {refused.At.UtcDateTime:HH:mm:ss} UTC; the one before goes on. {(refused.Faults is [var first, ..] ? first : "")}");
        foreach (var trouble in rooms.Hub.Troubles())
            yield return new("hub", trouble);
        if (rooms.Audit.Fault is { } fault)
            yield return new("audit", fault);
        foreach (var warning in rooms.Pools.All.SelectMany(PoolWarnings))
            yield return warning;
        foreach (var drain in rooms.Drains.All().Where(d => d.State is not (DrainState.Done or DrainState.Cancelled)))
            yield return new("drain", $"Drain {drain.Id} of {drain.What} goes on: told {drain.Told}, still open {drain.Remaining}.");
    }

    private static IEnumerable<StatusWarning> PoolWarnings(Backends.Pool pool)
    {
        if (pool.SlotsInUse >= pool.SlotLimit)
            yield return new("pool", $"Pool {pool.Name} has no free slot; {pool.Waiting} wait.");
        var away = pool.Nodes.Where(n => n.State.Condition is Backends.NodeCondition.Failing or Backends.NodeCondition.Ejected).Select(n => n.Name).ToList();
        if (away.Count > 0)
            yield return new("pool", $"Pool {pool.Name}: {away.Count} of {pool.Nodes.Count} nodes get no connections: {string.Join(", ", away.Take(3))}{(away.Count > 3 ? ", …" : "")}.");
    }
}
