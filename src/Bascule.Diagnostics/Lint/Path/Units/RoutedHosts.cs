namespace Bascule.Diagnostics;

/// <summary>Names of servers to which WebSocket paths lead, and of those to which only other paths do.</summary>
internal sealed class RoutedHosts
{
    private readonly HashSet<string> _sockets = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _plain = new(StringComparer.OrdinalIgnoreCase);

    internal RoutedHosts(Deployment deployment, IReadOnlyList<NginxLocation> locations)
    {
        foreach (var variable in deployment.Variables)
        {
            if (Intent.IsSocketUrl(variable.Value ?? "") && SafeText.Url(variable.Value) is { } url)
                _sockets.Add(url.Host.Split('.')[0]);
        }

        foreach (var server in locations.Where(l => l.IsProxy).GroupBy(l => l.Chain.FirstOrDefault(c => c.Key == "server")))
            Add([.. server.Select(l => (Paths: (IReadOnlyList<string>)[l.Path], Services: Targets(l), IsSocket: l.HasOwnSign))]);
        foreach (var site in deployment.Of(FileKind.Caddy).SelectMany(f => f.Root!.Children))
            Add([.. CaddyRules(site)]);
        foreach (var route in deployment.Kube("Ingress", "HTTPRoute", "VirtualService", "IngressRoute"))
            Add([.. Rules(route).Select(r => (r.Paths, r.Services, r.Paths.Any(Intent.IsSocketPath)))]);
        _plain.ExceptWith(_sockets);
    }

    internal bool IsSocket(DeployUnit unit) => unit.Names.Any(_sockets.Contains);

    internal bool IsPlain(DeployUnit unit) => unit.Names.Any(_plain.Contains);

    /// <summary>The servers behind a location: the host of the address, or those of the upstream with its name.</summary>
    internal static IReadOnlyList<string> Targets(NginxLocation location)
    {
        if (location.Node["proxy_pass"]?.FirstWord is not { } address || SafeText.HostOf(address) is not { } host)
            return [];
        var servers = location.Chain.SelectMany(c => c.All("upstream")).Concat(location.File.Root!.Deep("upstream")).FirstOrDefault(u => u.FirstWord == host)?.All("server") ?? [];
        return [host, .. servers.Select(s => s.FirstWord?.Split(':')[0]).OfType<string>()];
    }

    /// <summary>The rules of a route of Kubernetes: their paths, and the Services that they lead to.</summary>
    internal static IEnumerable<(IReadOnlyList<string> Paths, IReadOnlyList<string> Services)> Rules(KubeObject route) => route.Kind switch
    {
        "Ingress" => route.Body.Deep("paths").SelectMany(p => p.Items).Select(p => ((IReadOnlyList<string>)[p.Text("path") ?? "/"], Named(p["backend"]))),
        "HTTPRoute" => (route.Body.At("spec", "rules")?.Items ?? []).Select(r => (Values(r["matches"], "value"), (IReadOnlyList<string>)[.. (r["backendRefs"]?.Items ?? []).Select(b => b.Text("name")).OfType<string>()])),
        "VirtualService" => (route.Body.At("spec", "http")?.Items ?? []).Select(r => (Values(r["match"], "prefix", "exact", "regex"), (IReadOnlyList<string>)[.. r.Deep("destination").Select(d => d.Text("host")?.Split('.')[0]).OfType<string>()])),
        _ => (route.Body.At("spec", "routes")?.Items ?? []).Select(r => ((IReadOnlyList<string>)[TraefikPath(r.Text("match"))], (IReadOnlyList<string>)[.. (r["services"]?.Items ?? []).Select(s => s.Text("name")).OfType<string>()])),
    };

    private static IReadOnlyList<string> Named(ConfigNode? backend) =>
        [.. new[] { backend?.Text("service", "name"), backend?.Text("serviceName") }.OfType<string>()];

    private static IReadOnlyList<string> Values(ConfigNode? matches, params string[] keys)
    {
        IReadOnlyList<string> found = [.. matches?.Everything().Where(n => keys.Contains(n.Key)).Select(n => n.Value).OfType<string>().Where(v => v.StartsWith('/')) ?? []];
        return found.Count == 0 ? ["/"] : found;
    }

    /// <summary>What stands in the backticks after Path or PathPrefix of a rule.</summary>
    internal static string TraefikPath(string? rule)
    {
        var at = rule?.IndexOf("Path", StringComparison.Ordinal) ?? -1;
        var start = at < 0 ? -1 : rule!.IndexOf('`', at);
        var end = start < 0 ? -1 : rule!.IndexOf('`', start + 1);
        return end < 0 ? "/" : rule![(start + 1)..end];
    }

    private static IEnumerable<(IReadOnlyList<string> Paths, IReadOnlyList<string> Services, bool IsSocket)> CaddyRules(ConfigNode site) =>
        from block in site.Everything()
        from proxy in block.All("reverse_proxy")
        let path = proxy.Words.FirstOrDefault(w => w.StartsWith('/')) ?? (block.Key is "handle" or "handle_path" or "route" ? block.FirstWord : null) ?? "/"
        select ((IReadOnlyList<string>)[path], (IReadOnlyList<string>)[.. proxy.Words.Where(w => !w.StartsWith('/') && !w.StartsWith('@')).Select(w => SafeText.HostOf(w) ?? w.Split(':')[0])], Intent.IsSocketPath(path));

    /// <summary>Rules of one site. Only beside a path for sockets does another path say that it is none.</summary>
    private void Add(IReadOnlyList<(IReadOnlyList<string> Paths, IReadOnlyList<string> Services, bool IsSocket)> rules)
    {
        if (!rules.Any(r => r.IsSocket))
            return;
        foreach (var (paths, services, isSocket) in rules)
        {
            if (isSocket)
                _sockets.UnionWith(services);
            else if (paths.All(p => p is not ("/" or "/*" or "")))
                _plain.UnionWith(services);
        }
    }
}
