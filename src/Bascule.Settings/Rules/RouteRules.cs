namespace Bascule.Settings;

/// <summary>Routes: each one well-formed, no two for the same request, and all that they name exists.</summary>
internal static class RouteRules
{
    internal static void Check(RuleContext context)
    {
        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            var path = $"routes.{i}";
            CheckName(context, i, path);
            CheckPath(context, routes[i], path);
            CheckDestination(context, routes[i], path);
            CheckAuth(context, routes[i], path);
            CheckConflict(context, i, path);
        }
    }

    private static void CheckName(RuleContext context, int index, string path)
    {
        var routes = context.Settings.Routes;
        var name = routes[index].Name;
        var first = Enumerable.Range(0, index).FirstOrDefault(i => routes[i].Name == name, -1);
        if (!RouteName.IsValid(name))
            context.Fault($"{path}.name", "is no name for a route", RouteName.Rule);
        else if (first >= 0)
            context.Fault($"{path}.name", $"is the name of routes.{first} too ({context.OriginOf($"routes.{first}.name")})",
                "Give each route a name of its own.");
    }

    private static void CheckPath(RuleContext context, RouteSettings route, string path)
    {
        if (PathPattern.Fault(route.Path) is { } fault)
            context.Fault($"{path}.path", fault, "Write /exact, /with/{parameter}/, or a prefix with one * at its end: /api/*.");
        else if (PathPattern.IsReserved(route.Path))
            context.Fault($"{path}.path", $"lies under {PathPattern.Reserved}, where Bascule answers itself", "Choose another path.");
        if (route.StripPrefix is { } prefix && (!prefix.StartsWith('/') || prefix.AsSpan().IndexOfAny("*{}?#") >= 0))
            context.Fault($"{path}.stripPrefix", "is not the beginning of a path", "Write it with a leading / and without * or parameters: /api.");
    }

    /// <summary>A pool, the hub or sessions serve it.</summary>
    private static void CheckDestination(RuleContext context, RouteSettings route, string path)
    {
        var isOfHub = route.Topics.Count > 0 || !context.IsSound($"{path}.topics");
        var isOfSessions = route.Sessions || !context.IsSound($"{path}.sessions");
        if (route.Pool.Length > 0 && isOfHub)
            context.Fault($"{path}.topics", $"stands beside pool ({context.OriginOf($"{path}.pool")}), and a route goes to one of the two",
                "Remove pool, and the hub serves the route; or remove topics, and the pool does.");
        else if (isOfSessions && (isOfHub || route.Pool.Length > 0))
            context.Fault($"{path}.sessions", $"stands beside {(isOfHub ? "topics" : "pool")}, and a route goes to one of the two", "Remove one of the two.");
        else if (route.Pool.Length > 0)
            CheckPool(context, route.Pool, path);
        else if (!isOfHub && !isOfSessions)
            context.Missing($"{path}.pool", "is missing, and so is topics: nothing would serve the route",
                $"Add pool, the name of a pool, or topics, a list of what its clients may read from the hub. {PoolsText(context)}");
        if (route.Publish.Count > 0 && !isOfHub)
            context.Fault($"{path}.publish", "lets clients publish on a route that the hub does not serve",
                "Add topics, the list of what its clients may read, or remove publish.");
    }

    private static void CheckPool(RuleContext context, string pool, string path)
    {
        var pools = context.Settings.Pools;
        if (pools.ContainsKey(pool) || !context.IsReadable("pools"))
            return;
        var near = NearestName.Of(pool, pools.Keys);
        context.Fault($"{path}.pool", "is no pool", near is null ? PoolsText(context) : $"Did you mean {near}?");
    }

    private static string PoolsText(RuleContext context)
    {
        var pools = context.Settings.Pools;
        return pools.Count == 0 ? "There are no pools yet: add one under pools." : $"Pools are {string.Join(", ", pools.Keys)}.";
    }

    private static void CheckAuth(RuleContext context, RouteSettings route, string path)
    {
        if (route.Auth is AuthPolicy.Required or AuthPolicy.Optional && context.Settings.Auth.Jwt is null && context.IsReadable("auth.jwt"))
            context.Fault($"{path}.auth", "looks at tokens, but auth.jwt does not say how to check them",
                "Add auth.jwt with keys or jwksUrl, or write none for a route that anyone may use.");
    }

    private static void CheckConflict(RuleContext context, int index, string path)
    {
        var routes = context.Settings.Routes;
        for (var other = 0; other < index; other++)
        {
            if (!TakeTheSame(routes[index], routes[other]) || !context.IsSound($"routes.{other}"))
                continue;
            context.Fault(path, $"takes the same requests as routes.{other} ({context.OriginOf($"routes.{other}")}): same path, hosts and query",
                "Remove one, or make path, hosts or query differ.");
            return;
        }
    }

    private static bool TakeTheSame(RouteSettings a, RouteSettings b) =>
        a.Path.Length > 0 && PathPattern.WithoutNames(a.Path) == PathPattern.WithoutNames(b.Path) && Meet(a.Hosts, b.Hosts, StringComparer.OrdinalIgnoreCase)
        && a.Query.Count == b.Query.Count && a.Query.All(q => b.Query.TryGetValue(q.Key, out var values) && Meet(q.Value, values, StringComparer.Ordinal));

    /// <summary>Both unrestricted, or with a value in common. One restricted and one not is no conflict: the restricted one is more specific.</summary>
    private static bool Meet(IReadOnlyList<string> a, IReadOnlyList<string> b, StringComparer comparer) =>
        a.Count == 0 || b.Count == 0 ? a.Count == b.Count : a.Intersect(b, comparer).Any();
}
