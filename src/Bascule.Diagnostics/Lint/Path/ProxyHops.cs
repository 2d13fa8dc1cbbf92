namespace Bascule.Diagnostics;

/// <summary>Hops of Envoy, Apache, Kong, YARP and Kuma.</summary>
internal static class ProxyHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) =>
        [.. Envoy(deployment), .. Apache(deployment), .. Kong(deployment), .. Yarp(deployment), .. Kuma(deployment)];

    /// <summary>The connection managers of Envoy: nodes with <c>stat_prefix</c> beside routes.</summary>
    internal static IEnumerable<ConfigNode> Managers(Deployment deployment) =>
        from file in deployment.Of(FileKind.Envoy, FileKind.Json)
        from node in file.Root!.Everything()
        where node["stat_prefix"] is not null && (node["route_config"] is not null || node["rds"] is not null || node["http_filters"] is not null)
        select node;

    private static IEnumerable<Hop> Envoy(Deployment deployment) =>
        from manager in Managers(deployment)
        let route = manager.Deep("route").Select(r => r["idle_timeout"]).FirstOrDefault(n => n is not null)
        let timeout = route ?? manager["stream_idle_timeout"]
        let limit = HopLimit.Of(timeout, null, manager["stat_prefix"]!.Place, 300, "envoy-stream-idle-5m")
        select new Hop(HopType.Envoy, $"Envoy {manager.Text("stat_prefix")}", manager.Place) { Idle = limit is { Seconds: 0 } ? null : limit };

    /// <summary>The lines of Apache that pass a socket path on.</summary>
    internal static IEnumerable<ConfigNode> ApacheMappings(Deployment deployment) =>
        from file in deployment.Of(FileKind.Apache)
        from node in file.Root!.Deep("ProxyPass")
        where node.Words is [var path, var target, ..] && (Intent.IsSocketPath(path) || target.StartsWith("ws", StringComparison.Ordinal)
            || node.Words.Any(w => w.StartsWith("upgrade=", StringComparison.Ordinal)))
        select node;

    private static IEnumerable<Hop> Apache(Deployment deployment) =>
        from mapping in ApacheMappings(deployment)
        let own = mapping.Words.FirstOrDefault(w => w.StartsWith("timeout=", StringComparison.Ordinal))
        let general = deployment.File(mapping.Place.File)?.Root?.Everything().FirstOrDefault(n => n.Key is "ProxyTimeout" or "TimeOut" or "Timeout")
        select new Hop(HopType.Apache, $"Apache ProxyPass {mapping.Words[0]}", mapping.Place)
        {
            Idle = HopLimit.Of(own is not null ? mapping : general, own?["timeout=".Length..], mapping.Place, 60, "apache-timeout-60"),
        };

    private static IEnumerable<Hop> Kong(Deployment deployment) =>
        from file in deployment.Of(FileKind.Kong)
        from service in file.Root!.Children.SelectMany(d => d["services"]?.Items ?? [])
        let timeouts = new[] { service["read_timeout"], service["write_timeout"] }
        let shorter = timeouts.Any(t => t is null) ? null : timeouts.MinBy(t => TimeText.Number(t!.Value) ?? double.MaxValue)
        select new Hop(HopType.Kong, $"Kong service {service.Text("name")}", service.Place) { Idle = HopLimit.Of(shorter, null, service.Place, 60, "kong-timeouts", bare: 0.001) };

    private static IEnumerable<Hop> Yarp(Deployment deployment) =>
        from file in deployment.Of(FileKind.Json)
        from clusters in file.Root!.Deep("Clusters")
        from cluster in clusters.Children
        where cluster["Destinations"] is not null
        let timeout = cluster.At("HttpRequest", "ActivityTimeout")
        select new Hop(HopType.Yarp, $"YARP cluster {cluster.Key}", cluster.Place) { Idle = HopLimit.Of(timeout, null, cluster.Place, 100, "yarp-activity-timeout") };

    private static IEnumerable<Hop> Kuma(Deployment deployment) =>
        from policy in deployment.Kube("MeshTimeout")
        from timeout in policy.Body.Deep("streamIdleTimeout")
        let seconds = TimeText.Seconds(timeout.Value)
        where seconds > 0
        select new Hop(HopType.Kuma, $"MeshTimeout {policy.Name}", policy.Place) { Idle = new HopLimit(seconds.Value, timeout.Place, null) };
}
