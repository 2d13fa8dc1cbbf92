using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>A gateway, by its admin listener.</summary>
internal sealed class GatewaySource(AdminClient client, TimeProvider time) : ITopSource
{
    /// <summary>The most that a gateway lists.</summary>
    private const string MostConnections = "1000";

    private const int MostSessions = 1000;

    private const string MostRefusals = "200";

    public string Name => client.Name;

    public IReadOnlyList<TopViewKind> Views =>
        [TopViewKind.Pools, TopViewKind.Connections, TopViewKind.Refusals, TopViewKind.Endings, TopViewKind.Routes, TopViewKind.Events, TopViewKind.Shards, TopViewKind.Sessions];

    public async Task<TopSnapshot> LookAsync(IReadOnlyCollection<TopViewKind> views, CancellationToken cancellation)
    {
        var status = GetAsync<StatusDocument>("/api/status", [], cancellation);
        var pools = views.Contains(TopViewKind.Pools) ? GetAsync<PoolsDocument>("/api/pools", [], cancellation) : null;
        var connections = views.Contains(TopViewKind.Connections) ? GetAsync<ConnectionsDocument>("/api/connections", [("limit", MostConnections)], cancellation) : null;
        var refusals = views.Contains(TopViewKind.Refusals) ? GetAsync<AttemptsDocument>("/api/attempts", [("refused", "true"), ("limit", MostRefusals)], cancellation) : null;
        var shards = views.Contains(TopViewKind.Shards) ? GetAsync<ShardsDocument>("/api/shards", [], cancellation) : null;
        var sessions = views.Contains(TopViewKind.Sessions) ? SessionsAsync(cancellation) : null;
        // The first fault is told, and none of the others is left without anybody to see it.
        await Task.WhenAll(((Task?[])[status, pools, connections, refusals, shards, sessions]).OfType<Task>());
        return new TopSnapshot(time.GetUtcNow())
        {
            Status = Whole(await status),
            Pools = pools is null ? null : (await pools).Pools,
            Connections = connections is null ? null : await connections,
            Refusals = refusals is null ? null : (await refusals).Attempts,
            Shards = shards is null ? null : await shards,
            Sessions = sessions is null ? null : await sessions,
        };
    }

    /// <summary>Why an attempt failed, or how its connection stands, in lines.</summary>
    internal async Task<string> ExplainAsync(string attempt, CancellationToken cancellation)
    {
        var answer = await client.SendAsync(HttpMethod.Get, "/api/attempts/" + AdminClient.Segment(attempt), "text/plain", cancellation);
        // What is not known is explained, too.
        return (answer.MediaType == "text/plain" ? answer : answer.Good()).Text;
    }

    internal async Task<string> CloseAsync(string attempt, string why, CancellationToken cancellation)
    {
        var order = (await client.AskAsync(HttpMethod.Post, "/api/connections:close", [("attempt", attempt), ("why", why)], cancellation)).Read<OrderDocument>();
        return order.Matching == 0 ? "It is not open any more." : $"Closed {attempt[..8]}….";
    }

    internal async Task<string> DrainAsync(string pool, string node, string why, CancellationToken cancellation)
    {
        var path = $"/api/pools/{AdminClient.Segment(pool)}/nodes/{AdminClient.Segment(node)}:drain";
        var order = (await client.AskAsync(HttpMethod.Post, path, [("why", why)], cancellation)).Read<OrderDocument>();
        return $"Drain {order.Drain?.Id} moves {Readable.Count(order.Matching, "connection")}. Undo: bascule drain undo node {pool} {node}. {order.Warning}".TrimEnd();
    }

    /// <summary>What happens, from now on.</summary>
    internal IAsyncEnumerable<string> EventLinesAsync(CancellationToken cancellation) => client.LinesAsync("/api/events", cancellation);

    private async Task<T> GetAsync<T>(string path, IEnumerable<(string, string?)> query, CancellationToken cancellation) =>
        (await client.AskAsync(HttpMethod.Get, path, query, cancellation)).Read<T>();

    /// <summary>A gateway without sessions, or one whose store is away, has all the rest.</summary>
    private async Task<SessionsSeen> SessionsAsync(CancellationToken cancellation)
    {
        var answer = await client.SendAsync(HttpMethod.Get, $"/api/sessions?limit={MostSessions}", "application/json", cancellation);
        try
        {
            return new SessionsSeen(answer.Good().Read<SessionsDocument>().Sessions, null);
        }
        catch (AdminFault fault) when (answer.Status is 404 or 503)
        {
            return new SessionsSeen(null, fault.Message);
        }
    }

    private StatusDocument Whole(StatusDocument status) => status is { Process: not null, Totals: not null, Routes: not null, Refusals: not null, Endings: not null, Warnings: not null }
        ? status
        : throw new AdminFault(ExitCodes.Unreachable, $"{Name} answered without its figures. Is a gateway of the same version there?");
}
