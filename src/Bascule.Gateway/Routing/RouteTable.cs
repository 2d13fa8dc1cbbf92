using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What the table knows of a request: the route that takes it, or why none does; and whose rules on tokens hold meanwhile.</summary>
/// <param name="Route">Null when none takes it.</param>
/// <param name="Nearest">The route, or the one whose path fits but whose query rule does not; null when no path fits.</param>
/// <param name="Fault">Why there is no route.</param>
/// <param name="Auth">The strictest policy among the routes of this path: who may not come in learns nothing about query values.</param>
public readonly record struct RouteMatch(Route? Route, Route? Nearest, Ending? Fault, AuthPolicy Auth);

/// <summary>All routes, the most specific first.</summary>
public sealed class RouteTable
{
    /// <summary>WS /ws-test: open to everyone, it says what the server saw (case B2).</summary>
    public const string ProbePath = "/ws-test";

    private readonly Route[] _routes;

    /// <param name="more">Routes that nobody configured, but other settings bring.</param>
    public RouteTable(IReadOnlyList<RouteSettings> settings, IEnumerable<RouteSettings>? more = null)
    {
        var routes = settings.Concat(more ?? []).Select(s => new Route(s, DestinationOf(s))).ToList();
        if (!routes.Exists(r => r.Pattern.Text == ProbePath))
            routes.Add(new Route(new RouteSettings { Name = "ws-test", Path = ProbePath, Auth = AuthPolicy.None, Http = false, MaximumAge = Probe.LongestLife }, new ProbeDestination()));
        _routes = [.. routes.OrderBy(r => r.Pattern, PathPattern.BySpecificity).ThenBy(r => r.Settings.Hosts.Count == 0).ThenByDescending(r => r.Settings.Query.Count)];
    }

    public IReadOnlyList<Route> All => _routes;

    /// <summary>Whether a configured route names exactly this path, for this host: then it goes before an endpoint of ours.</summary>
    public bool HasExact(RequestHead head) => Array.Exists(
        _routes, r => r.Pattern.IsExact && r.Pattern.Text == head.Path && r.Destination is not (ProbeDestination or SessionDestination) && r.TakesHost(WithoutPort(head.Host)));

    /// <param name="hostAndPort">As the client named it, before proxies; null: as the request does.</param>
    public RouteMatch Find(RequestHead head, string? hostAndPort = null)
    {
        hostAndPort ??= head.Host;
        var host = WithoutPort(hostAndPort);
        Route? nearest = null;
        Ending? fault = null;
        var auth = AuthPolicy.None;
        foreach (var route in _routes)
        {
            // The most specific path decides; among routes of that path the query does.
            if (nearest is not null && route.Pattern.Text != nearest.Pattern.Text)
                break;
            if (!route.TakesHost(host) || !route.Pattern.Matches(head.Path))
                continue;
            auth = nearest is null || route.Auth < auth ? route.Auth : auth;
            if (route.QueryFault(head.Query) is not { } missing)
                return new RouteMatch(route, route, null, route.Auth);
            nearest ??= route;
            fault = Better(fault, missing);
        }

        return nearest is not null
            ? new RouteMatch(null, nearest, fault, auth)
            : new RouteMatch(null, null, new Ending(EndReasons.RouteNotFound, $"no route takes {Shown(head.Path)} on host {Shown(hostAndPort)}"), AuthPolicy.None);
    }

    private static Destination DestinationOf(RouteSettings route) =>
        route.Sessions ? new SessionDestination() : route.Topics.Count > 0 ? new TopicDestination(route.Topics, route.Publish) : new PoolDestination(route.Pool);

    /// <summary>An unknown value says more than a missing parameter.</summary>
    private static Ending Better(Ending? known, Ending found) =>
        known is { } k && (k.Reason == EndReasons.QueryUnknownValue || found.Reason == EndReasons.QueryMissing) ? k : found;

    private static string Shown(string text) => text.Length > 200 ? text[..200] + "…" : text;

    private static ReadOnlySpan<char> WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        return colon > host.LastIndexOf(']') ? host.AsSpan(0, colon) : host;
    }
}
