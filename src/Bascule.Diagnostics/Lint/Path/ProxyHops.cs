namespace Bascule.Diagnostics;

/// <summary>Hops of Envoy, Apache, Kong, YARP and Kuma.</summary>
internal static class ProxyHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) =>
        [.. Envoy(deployment), .. Caddy(deployment), .. Apache(deployment), .. Kong(deployment), .. Yarp(deployment), .. Kuma(deployment)];

    /// <summary>The connection managers of Envoy: nodes with <c>stat_prefix</c> beside routes.</summary>
    internal static IReadOnlyList<ConfigNode> Managers(Deployment deployment) => PathHops.OfOwnSign(
        from file in deployment.Of(FileKind.Envoy, FileKind.Json)
        from node in file.Root!.Everything()
        where node["stat_prefix"] is not null && (node["route_config"] is not null || node["rds"] is not null || node["http_filters"] is not null)
        select node,
        m => m.Deep("upgrade_type").Any() || m.Deep("prefix").Concat(m.Deep("path")).Any(p => Intent.IsSocketPath(p.Value ?? "")));

    private static IEnumerable<Hop> Envoy(Deployment deployment) =>
        from manager in Managers(deployment)
        let route = manager.Deep("route").Select(r => r["idle_timeout"]).FirstOrDefault(n => n is not null)
        let timeout = route ?? manager["stream_idle_timeout"]
        let limit = HopLimit.Of(timeout, null, manager["stat_prefix"]!.Place, 300, "envoy-stream-idle-5m")
        select new Hop(HopType.Envoy, $"Envoy {manager.Text("stat_prefix")}", manager.Place) { Idle = limit is { Seconds: 0 } ? null : limit, Lifetime = Written(manager.Deep("max_stream_duration").Select(m => m["max_stream_duration"] ?? m).FirstOrDefault(m => m.Value is not null)) };

    private static IEnumerable<Hop> Caddy(Deployment deployment) =>
        from proxy in deployment.Of(FileKind.Caddy).SelectMany(f => f.Root!.Deep("reverse_proxy"))
        let timeout = proxy["stream_timeout"]
        where timeout is not null
        select new Hop(HopType.Caddy, "reverse_proxy of Caddy", proxy.Place) { Lifetime = TimeText.Seconds(timeout.FirstWord) is > 0 and var seconds ? new HopLimit(seconds, timeout.Place, null) : null };

    /// <summary>A limit that is written; null where it is none, or 0 for none.</summary>
    private static HopLimit? Written(ConfigNode? node) => TimeText.Seconds(node?.Value) is > 0 and var seconds ? new HopLimit(seconds, node!.Place, null) : null;

    /// <summary>The lines of Apache that pass a socket path on.</summary>
    internal static IEnumerable<ConfigNode> ApacheMappings(Deployment deployment) =>
        from file in deployment.Of(FileKind.Apache)
        from node in file.Root!.Deep("ProxyPass")
        where node.Words is [var path, var target, ..] && (Intent.IsSocketPath(path) || target.StartsWith("ws", StringComparison.Ordinal)
            || node.Words.Any(w => w.StartsWith("upgrade=", StringComparison.Ordinal)))
        select node;

    /// <summary>The lines of Apache that pass WebSockets on as plain HTTP: each handshake fails there.</summary>
    internal static IEnumerable<ConfigNode> ApachePlain(Deployment deployment)
    {
        var scopes = deployment.Of(FileKind.Apache).SelectMany(f => ApacheScopes(f.Root!)).ToList();
        var named = scopes.SelectMany(s => s.Where(n => IsPlain(n) && Intent.IsSocketPath(n.Words[0])).Where(_ => !s.Exists(IsUpgrade))).ToList();
        if (named.Count > 0 || scopes.Exists(s => s.Exists(n => IsUpgrade(n) || IsForSockets(n))) || deployment.SocketLocations.Count > 0 || !SourceSigns.HasServerOrPackage(deployment))
            return named;
        // No line of any site speaks of sockets, and a server here serves them: it is behind the lines for everything, as long as all of them lead to one place.
        var all = scopes.SelectMany(s => s.Where(n => IsPlain(n) && n.Words[0] == "/")).ToList();
        return all.Select(n => n.Words[1].TrimEnd('/')).Distinct(StringComparer.OrdinalIgnoreCase).Count() == 1 ? all : [];
    }

    /// <summary>What stands in each site, and what stands outside of them: a site has nothing to do with the lines of another.</summary>
    private static IEnumerable<List<ConfigNode>> ApacheScopes(ConfigNode root)
    {
        var sites = root.Deep("VirtualHost").ToList();
        var inside = sites.SelectMany(s => s.Everything()).ToHashSet();
        return [.. sites.Select(s => s.Everything().ToList()), [.. root.Everything().Where(n => !inside.Contains(n))]];
    }

    private static bool IsPlain(ConfigNode node) =>
        node is { Key: "ProxyPass", Words: [_, var target, ..] } && target.StartsWith("http", StringComparison.OrdinalIgnoreCase) && !node.Words.Any(IsUpgradeWord);

    /// <summary>A mapping with upgrade=, one to a ws:// address, or a RewriteRule with one: the forms that Apache upgrades by.</summary>
    private static bool IsUpgrade(ConfigNode node) =>
        node.Key is "ProxyPass" or "ProxyPassMatch" or "RewriteRule" or "BalancerMember" or "SetHandler" && node.Words.Any(w => IsUpgradeWord(w) || Intent.IsSocketUrl(w));

    private static bool IsForSockets(ConfigNode node) =>
        node.Key is "ProxyPass" or "ProxyPassMatch" or "Location" or "LocationMatch" or "RewriteRule" && node.Words.Take(1).Any(Intent.IsSocketPath);

    private static bool IsUpgradeWord(string word) => word.StartsWith("upgrade=", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Hop> Apache(Deployment deployment) =>
        from mapping in ApacheMappings(deployment)
        let own = mapping.Words.FirstOrDefault(w => w.StartsWith("timeout=", StringComparison.Ordinal))
        let general = deployment.File(mapping.Place.File)?.Root?.Everything().FirstOrDefault(n => n.Key is "ProxyTimeout" or "TimeOut" or "Timeout")
        select new Hop(HopType.Apache, $"Apache ProxyPass {mapping.Words[0]}", mapping.Place)
        {
            Idle = HopLimit.Of(own is not null ? mapping : general, own?["timeout=".Length..], mapping.Place, 60, "apache-timeout-60"),
        };

    private static IEnumerable<Hop> Kong(Deployment deployment) =>
        from service in PathHops.OfOwnSign(
            deployment.Of(FileKind.Kong).SelectMany(f => f.Root!.Children).SelectMany(d => d["services"]?.Items ?? []),
            s => Intent.IsSocketPath("/" + s.Text("name")) || s.Text("protocol") is "ws" or "wss" || s.Deep("paths").SelectMany(p => p.Texts).Any(Intent.IsSocketPath))
        let timeouts = new[] { service["read_timeout"], service["write_timeout"] }
        let shorter = timeouts.Any(t => t is null) ? null : timeouts.MinBy(t => TimeText.Number(t!.Value) ?? double.MaxValue)
        select new Hop(HopType.Kong, $"Kong service {service.Text("name")}", service.Place) { Idle = HopLimit.Of(shorter, null, service.Place, 60, "kong-timeouts", bare: 0.001) };

    private static IEnumerable<Hop> Yarp(Deployment deployment) =>
        from cluster in PathHops.OfOwnSign(
            deployment.Of(FileKind.Json).SelectMany(f => f.Root!.Deep("Clusters")).SelectMany(c => c.Children).Where(c => c["Destinations"] is not null),
            c => Intent.IsSocketPath("/" + c.Key) || deployment.Of(FileKind.Json).SelectMany(f => f.Root!.Deep("Routes")).SelectMany(r => r.Children).Any(r => r.Text("ClusterId") == c.Key && Intent.IsSocketPath(r.Text("Match", "Path") ?? "")))
        let timeout = cluster.At("HttpRequest", "ActivityTimeout")
        select new Hop(HopType.Yarp, $"YARP cluster {cluster.Key}", cluster.Place) { Idle = HopLimit.Of(timeout, null, cluster.Place, 100, "yarp-activity-timeout") };

    private static IEnumerable<Hop> Kuma(Deployment deployment) =>
        from policy in deployment.Kube("MeshTimeout")
        from timeout in policy.Body.Deep("streamIdleTimeout")
        let seconds = TimeText.Seconds(timeout.Value)
        where seconds > 0
        select new Hop(HopType.Kuma, $"MeshTimeout {policy.Name}", policy.Place) { Idle = new HopLimit(seconds.Value, timeout.Place, null) };
}
