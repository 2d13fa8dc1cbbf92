namespace Bascule.Diagnostics;

/// <summary>Finds the hops of a deployment: one reader for each kind of file.</summary>
internal static class PathHops
{
    private static readonly System.Text.RegularExpressions.Regex PagePort = SourceText.Pattern(":(80|443|3000|5000|80[08]0|8443)$");

    internal static IEnumerable<Hop> All(Deployment deployment) =>
    [
        .. Nginx(deployment), .. IngressNginx(deployment), .. Haproxy(deployment), .. ProxyHops.All(deployment),
        .. AwsHops.All(deployment), .. GoogleHops.All(deployment), .. AzureHops.All(deployment), .. PlatformHops.All(deployment),
    ];

    /// <summary>The locations that carry WebSockets.</summary>
    internal static IEnumerable<NginxLocation> FindSocketLocations(Deployment deployment)
    {
        var targets = deployment.Locations.Where(l => l.HasOwnSign).SelectMany(RoutedHosts.Targets).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var server in deployment.Locations.GroupBy(l => l.Chain.FirstOrDefault(c => c.Key == "server")?.Place ?? l.Node.Place))
        {
            // Headers of the server are inherited by pages and PHP, too: they speak for a location only where none speaks for itself.
            var named = server.Where(l => l.HasNearSign).ToList();
            if (named.Count == 0)
                named = [.. server.Where(l => l.HasOwnSign && l.IsProxy)];
            // Where no path is one for sockets, the whole site may be: the root alone stands for it. Not, where another site is known to be, and this one leads elsewhere.
            foreach (var location in named.Count > 0 ? named : server.Where(l => l.Path == "/" && deployment.UsesWebSockets && (targets.Count == 0 || RoutedHosts.Targets(l).Any(targets.Contains))))
                yield return location;
        }
    }

    /// <summary>Those with a sign of their own, or all of them where none has one.</summary>
    internal static IReadOnlyList<T> OfOwnSign<T>(IEnumerable<T> all, Func<T, bool> hasSign)
    {
        IReadOnlyList<T> every = [.. all];
        IReadOnlyList<T> signed = [.. every.Where(hasSign)];
        return signed.Count > 0 ? signed : every;
    }

    private static IEnumerable<Hop> Nginx(Deployment deployment) =>
        from location in deployment.SocketLocations
        where location.IsProxy
        let timeout = location.Effective("proxy_read_timeout")
        select new Hop(HopType.Nginx, $"nginx location {location.Path}", location.Node.Place)
        {
            Idle = timeout is null && location.HasUnknownInclude ? null : HopLimit.Of(timeout, timeout?.FirstWord, location.Node.Place, 60, "nginx-read-timeout"),
        };

    private static IEnumerable<Hop> IngressNginx(Deployment deployment)
    {
        var standard = deployment.Kube("ConfigMap").Select(c => c.Body.At("data", "proxy-read-timeout")).FirstOrDefault(n => n is not null);
        foreach (var ingress in SocketIngresses(deployment))
        {
            var timeout = ingress.NginxAnnotation("proxy-read-timeout") ?? standard;
            // A value with a unit is no number for the controller, which then uses its default.
            var isRead = TimeText.Number(timeout?.Value) is not null;
            yield return new Hop(HopType.IngressNginx, $"Ingress {ingress.Name} of ingress-nginx", ingress.Place)
            {
                Idle = HopLimit.Of(isRead ? timeout : null, timeout?.Value, timeout?.Place ?? ingress.Place, 60, "ingress-nginx-support"),
            };
        }
    }

    internal static IEnumerable<KubeObject> SocketIngresses(Deployment deployment) =>
        from ingress in deployment.Kube("Ingress")
        where ingress.IngressClass?.Contains("nginx", StringComparison.Ordinal) == true
            || ingress.Body.At("metadata", "annotations")?.Children.Any(a => a.Key.StartsWith("nginx.ingress.kubernetes.io/", StringComparison.Ordinal)) == true
        where deployment.UsesWebSockets
        select ingress;

    private static IEnumerable<Hop> Haproxy(Deployment deployment) =>
        from pair in OfOwnSign(
            from file in deployment.Of(FileKind.Haproxy)
            from section in file.Root!.Children
            where section.Key is "backend" or "listen" && section["server"] is not null
            select (file, section),
            s => CarriesSockets(s.file.Root!, s.section))
        let file = pair.file
        let section = pair.section
        let defaults = file.Root!.All("defaults").LastOrDefault(d => d.Place < section.Place)
        where (section["mode"] ?? defaults?["mode"])?.FirstWord != "tcp" || CarriesSockets(file.Root!, section) || IsForPages(file.Root!, section)
        let tunnel = Timeout(section, "tunnel") ?? Timeout(defaults, "tunnel")
        let other = new[] { Timeout(section, "server") ?? Timeout(defaults, "server"), Timeout(section, "client") ?? Frontends(file.Root!, section).Select(f => Timeout(f, "client")).FirstOrDefault(t => t is not null) ?? Timeout(defaults, "client") }
            .Where(t => t is not null).MinBy(t => TimeText.Seconds(t!.Words[1], 0.001) ?? double.MaxValue)
        let timeout = tunnel ?? other
        where timeout is not null && TimeText.Seconds(timeout.Words[1], 0.001) is not null
        select new Hop(HopType.Haproxy, $"HAProxy {section.Key} {section.FirstWord}", section.Place)
        {
            Idle = new HopLimit(TimeText.Seconds(timeout.Words[1], 0.001)!.Value, timeout.Place, null),
        };

    /// <summary>Those that lead to a backend.</summary>
    private static IEnumerable<ConfigNode> Frontends(ConfigNode root, ConfigNode backend) =>
        root.All("frontend").Where(f => f.Children.Exists(c => c.Key is "default_backend" or "use_backend" && c.FirstWord == backend.FirstWord));

    /// <summary>Plain TCP on a port of pages: WebSockets pass it unseen. On others it may be a database.</summary>
    private static bool IsForPages(ConfigNode root, ConfigNode section) =>
        Frontends(root, section).Append(section).SelectMany(s => s.All("bind")).Any(b => PagePort.IsMatch(b.FirstWord ?? ""));

    /// <summary>Whether a section says by its name, its tunnel timeout, or the rule that leads to it, that it is one for sockets.</summary>
    private static bool CarriesSockets(ConfigNode root, ConfigNode section)
    {
        if (Intent.IsSocketPath("/" + section.FirstWord) || Timeout(section, "tunnel") is not null)
            return true;
        var acls = root.Deep("acl").Where(a => a.Words.Skip(1).Any(w => Intent.IsSocketPath(w) || w.Equals("websocket", StringComparison.OrdinalIgnoreCase))).Select(a => a.FirstWord).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return root.Deep("use_backend").Any(u => u.FirstWord == section.FirstWord && u.Words.Skip(1).Any(w => acls.Contains(w) || w.StartsWith('/') && Intent.IsSocketPath(w)));
    }

    internal static ConfigNode? Timeout(ConfigNode? section, string name) => section?.All("timeout").FirstOrDefault(t => t.Words is [var first, _, ..] && first == name);
}
