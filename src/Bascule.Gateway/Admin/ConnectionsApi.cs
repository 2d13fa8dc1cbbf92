using Bascule.Model;
using Bascule.Relay;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Open connections: list, look at one, close, move.</summary>
internal sealed class ConnectionsApi(OpenConnections open, Drains drains, LiveConfiguration configuration, TimeProvider time)
{
    private const int MostListed = 1000;

    internal static readonly IReadOnlyList<(string Name, string Meaning)> SelectorQuery =
    [
        ("attempt", "Only this attempt id."), ("user", "Only connections of this subject."), ("route", "Only on this route."), ("pool", "Only in this pool."),
        ("node", "Only on this node, `host:port`."), ("address", "Only from this client address."), ("tier", "Only of users with this tier or role."),
    ];

    private static readonly IReadOnlyList<(string Name, string Meaning)> OrderQuery =
    [
        .. SelectorQuery, ("all", "`true`: all of them; needed when nothing else is named."), ("perSecond", "How many are told in a second; drain.perSecond when missing."),
        ("dryRun", "`true`: say only what would be done."), ("why", "For the audit log."),
    ];

    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/connections", AdminRole.Read, "Open connections, the oldest first.", ListAsync)
        {
            Query = [.. SelectorQuery, ("limit", "How many at most; 100 when missing.")],
            Answer = typeof(ConnectionsDocument),
        },
        new("GET", "/api/connections/{attempt}", AdminRole.Read, "One open connection.", ShowAsync) { Answer = typeof(ConnectionDocument) },
        new("POST", "/api/connections:close", AdminRole.Act, "Closes connections with 4608 or a code of yours, at a pace.", call => OrderAsync(call, EndReasons.ClosedByOperator))
        {
            Query = [.. OrderQuery, ("code", "Close code for the clients: 4000 to 4999, 1000, 1001 or 1008; 4608 when missing."), ("text", "Reason text for the clients, cut to 123 bytes; the usual one when missing.")],
            Answer = typeof(OrderDocument),
        },
        new("POST", "/api/connections:move", AdminRole.Act, "Asks connections to come back elsewhere (4601, or 1001), at a pace and only as far as there is room.", call => OrderAsync(call, EndReasons.Rebalancing))
        {
            Query = OrderQuery,
            Answer = typeof(OrderDocument),
        },
    ];

    /// <summary>What the query names.</summary>
    internal static ConnectionSelector Selector(AdminCall call)
    {
        AttemptId? attempt = null;
        if (call.Query("attempt") is { } text)
            attempt = AttemptId.TryParse(text, out var id) ? id : throw new AdminRefusal(400, "Bad parameter", "`attempt` is no attempt id: 32 hexadecimal digits, or a UUID.");
        return new ConnectionSelector(
            attempt, call.Query("user"), call.Query("route"), call.Query("pool"), call.Query("node"), call.Query("address"), call.Query("tier"));
    }

    private Task ListAsync(AdminCall call)
    {
        var limit = call.Number("limit", 1, MostListed) ?? 100;
        var found = open.Select(Selector(call));
        var listed = found.OrderBy(c => c.Attempt.StartedAt).Take(limit).Select(Document).ToList();
        return call.AnswerAsync(new ConnectionsDocument(open.Count, found.Count, listed), ReadableJson.Admin.ConnectionsDocument);
    }

    private Task ShowAsync(AdminCall call) => AttemptId.TryParse(call["attempt"], out var id) && open.Find(id) is { } connection
        ? call.AnswerAsync(Document(connection), ReadableJson.Admin.ConnectionDocument)
        : throw new AdminRefusal(404, "Not open", "No open connection has this attempt id; GET /api/attempts/{attempt} knows those that ended.");

    private Task OrderAsync(AdminCall call, EndReason reason)
    {
        var selector = Selector(call);
        if (selector.IsEverything && !call.Flag("all"))
            throw new AdminRefusal(400, "Nothing named", "Name what is meant (user, route, pool, node, address, tier or attempt), or say all=true.");
        var perSecond = call.Number("perSecond", 1, 100_000) ?? configuration.Current.Settings.Drain.PerSecond;
        var ownWords = OwnWords(call);
        var matching = open.Select(selector).Count;
        var what = selector.ToString();
        call.Outcome = call.DryRun ? $"would tell {matching}" : $"tells {matching}, {perSecond} a second";
        if (call.DryRun || matching == 0)
            return call.AnswerAsync(new OrderDocument(what, call.DryRun, matching, null), ReadableJson.Admin.OrderDocument);
        // Only who leaves a node must find room elsewhere; anybody else finds the place that he left.
        var room = reason == EndReasons.Rebalancing && selector.Node is { } node ? selector.Pool ?? PoolOf(node) : null;
        var drain = drains.Start(new DrainOrder(what, selector, reason, perSecond, call.Who.Name, call.Why, room, OwnWords: ownWords));
        return call.AnswerAsync(new OrderDocument(what, false, matching, drain.Progress), ReadableJson.Admin.OrderDocument, StatusCodes.Status202Accepted);
    }

    private static (int Code, string Text)? OwnWords(AdminCall call)
    {
        var code = call.Number("code", 1000, 4999);
        if (code is { } given && !RelayConnection.MayCloseWith(given))
            throw new AdminRefusal(400, "Bad parameter", $"`code` is {given}; clients take 4000 to 4999, 1000, 1001 or 1008.");
        return code is null && call.Query("text") is null ? null : (code ?? EndReasons.ClosedByOperator.Code, call.Query("text") ?? "");
    }

    /// <summary>A node may be in several pools; then there is no one pool whose room counts.</summary>
    private string? PoolOf(string node)
    {
        // Of the connections, not of the configuration: that does not have the hub's.
        var pools = open.Select(new ConnectionSelector(Node: node)).Select(c => c.Attempt.Pool).Distinct(StringComparer.Ordinal).ToList();
        return pools.Count == 1 ? pools[0] : null;
    }

    private ConnectionDocument Document(OpenConnection connection)
    {
        var attempt = connection.Attempt;
        var counts = attempt.Counts;
        var now = time.GetUtcNow();
        var heard = counts.LastFrameFromClient > counts.LastFrameFromBackend ? counts.LastFrameFromClient : counts.LastFrameFromBackend;
        return new ConnectionDocument(
            attempt.Id.ToString(), connection.Identity?.Subject, connection.Identity?.Tier, connection.Route.Name, attempt.Pool, connection.Node?.Name, attempt.ClientAddress,
            Words.Short(attempt.Protocol), attempt.Subprotocol, attempt.StartedAt, Math.Round(attempt.Lasted.TotalSeconds, 1), Math.Round((now - heard)?.TotalSeconds ?? 0, 1),
            connection.Rules.Number, counts.MessagesToBackend, counts.MessagesToClient, counts.BytesToBackend, counts.BytesToClient,
            Milliseconds(counts.ClientPingRoundTrip), Milliseconds(counts.BackendPingRoundTrip), connection.Told);
    }

    private static double? Milliseconds(TimeSpan? span) => span is { } s ? Math.Round(s.TotalMilliseconds, 2) : null;
}
