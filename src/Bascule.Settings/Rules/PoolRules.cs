namespace Bascule.Settings;

/// <summary>Pools: their names, nodes and hash keys.</summary>
internal static class PoolRules
{
    internal static void Check(RuleContext context)
    {
        foreach (var (name, pool) in context.Settings.Pools)
        {
            var path = $"pools.{name}";
            if (!RouteName.IsValid(name))
                context.Fault(path, "has a name that cannot stand in metrics and paths", RouteName.Rule);
            if (pool.Nodes.Count == 0)
                context.Fault($"{path}.nodes", "has no node, so that nothing could be served", "Add one: \"http://HOST:PORT\".");
            CheckNodes(context, pool, $"{path}.nodes");
            if (!IsHashKey(pool.HashBy))
                context.Fault($"{path}.hashBy", "is nothing to hash by", "Write path, address, user, query:NAME or header:NAME.");
        }
    }

    private static void CheckNodes(RuleContext context, PoolSettings pool, string path)
    {
        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < pool.Nodes.Count; i++)
        {
            var at = $"{path}.{i}.url";
            if (!Uri.TryCreate(pool.Nodes[i].Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
                || url.Host.Length == 0)
                context.Fault(at, "is not the URL of a back end",
                    "Write http://HOST:PORT or https://HOST:PORT; a WebSocket is asked for over the same (http for ws, https for wss).");
            else if (url.PathAndQuery != "/" || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
                context.Fault(at, "holds more than scheme, host and port", "Cut the rest off: the path comes from the request.");
            else if (!seen.TryAdd(url.GetLeftPart(UriPartial.Authority), at))
                context.Fault(at, $"is the same back end as {seen[url.GetLeftPart(UriPartial.Authority)]}, so that its slots would count twice",
                    "Remove one of the two; slots gives a node more.");
        }
    }

    private static bool IsHashKey(string text)
    {
        if (text is "path" or "address" or "user")
            return true;
        var name = text.StartsWith("query:", StringComparison.Ordinal) ? text[6..] : text.StartsWith("header:", StringComparison.Ordinal) ? text[7..] : "";

        // A name of a header is a token (RFC 9110 §5.6.2).
        return name.Length > 0 && !name.Any(char.IsWhiteSpace)
            && (text[0] == 'q' || name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)));
    }
}
