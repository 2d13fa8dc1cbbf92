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
            CheckPool(context, routes[i], path);
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

    private static void CheckPool(RuleContext context, RouteSettings route, string path)
    {
        var pools = context.Settings.Pools;
        if (pools.ContainsKey(route.Pool) || !context.IsReadable("pools"))
            return;
        var near = NearestName.Of(route.Pool, pools.Keys);
        var known = pools.Count == 0 ? "There are no pools yet: add one under pools." : $"Pools are {string.Join(", ", pools.Keys)}.";
        context.Fault($"{path}.pool", "is no pool", near is null ? known : $"Did you mean {near}?");
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
