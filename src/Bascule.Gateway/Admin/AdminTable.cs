using System.Text;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Everything that the admin listener answers, but health and metrics.</summary>
internal sealed class AdminTable
{
    private readonly Lazy<string> _openApi;

    internal AdminTable(GatewayRooms rooms)
    {
        All =
        [
            .. new StatusApi(rooms).Routes(),
            .. new ConnectionsApi(rooms.Connections, rooms.Drains, rooms.Configuration, rooms.Time).Routes(),
            .. new AttemptsApi(rooms.Journal).Routes(),
            .. new PoolsApi(rooms.Pools).Routes(),
            .. new ShardsApi(rooms.Hub, rooms.Pools, rooms.Time).Routes(),
            .. new DrainsApi(rooms.Drains, rooms.Pools, rooms.Connections, rooms.Configuration, rooms.State).Routes(),
            .. new ConfigApi(rooms.Configuration, rooms.Connections, rooms.Reload).Routes(),
            .. new TokensApi(rooms.Revocations, rooms.Cluster, rooms.Counters).Routes(),
            .. new AuditApi(rooms.Audit).Routes(),
            .. new ClusterApi(rooms.Cluster).Routes(),
            .. new EventsApi(rooms.Events, rooms.Time).Routes(),
            .. new SessionsAdminApi(rooms.Sessions).Routes(),
            .. new EnvironmentApi(rooms.Time).Routes(),
            .. new DiagnosticsApi(rooms.Diagnosis).Routes(),
            new("GET", "/api/openapi.json", AdminRole.Read, "This document.", call => AdminCall.WriteAsync(
                call.Context, StatusCodes.Status200OK, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(_openApi!.Value))),
        ];
        _openApi = new Lazy<string>(() => OpenApiDocument.Make(All));
    }

    internal IReadOnlyList<AdminRoute> All { get; }

    /// <summary>The route that takes it, with its parameters; else the methods that this path has, none when it is unknown.</summary>
    internal (AdminRoute? Route, Dictionary<string, string> Values, IReadOnlyList<string> Allowed) Find(string method, string path)
    {
        var allowed = new List<string>();
        // Names before parameters: `/api/pools/{pool}` must not take what another row names.
        foreach (var route in All.OrderBy(r => r.Pattern.Count(c => c == '{')).ThenByDescending(r => r.Pattern.Length))
        {
            if (route.Match(path) is not { } values)
                continue;
            if (route.Method == method || (method == "HEAD" && route.Method == "GET"))
                return (route, values, []);
            allowed.Add(route.Method);
        }

        return (null, [], allowed);
    }
}
