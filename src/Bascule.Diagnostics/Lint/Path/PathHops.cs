namespace Bascule.Diagnostics;

/// <summary>Finds the hops of a deployment: one reader for each kind of file.</summary>
internal static class PathHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) =>
    [
        .. Nginx(deployment), .. IngressNginx(deployment), .. Haproxy(deployment), .. ProxyHops.All(deployment),
        .. AwsHops.All(deployment), .. GoogleHops.All(deployment), .. AzureHops.All(deployment), .. PlatformHops.All(deployment),
    ];

    /// <summary>The locations that carry WebSockets.</summary>
    internal static IEnumerable<NginxLocation> FindSocketLocations(Deployment deployment)
    {
        var all = NginxLocation.Read(deployment.Files);
        foreach (var server in all.GroupBy(l => l.Chain.FirstOrDefault(c => c.Key == "server")?.Place ?? l.Node.Place))
        {
            var named = server.Where(l => Intent.IsSocketPath(l.Path) || l.PassesUpgrade).ToList();
            // Where no path is one for sockets, the whole site may be: the root alone stands for it.
            foreach (var location in named.Count > 0 ? named : server.Where(l => l.Path == "/" && deployment.UsesWebSockets))
                yield return location;
        }
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
        from file in deployment.Of(FileKind.Haproxy)
        from section in file.Root!.Children
        where section.Key is "backend" or "listen" && section["server"] is not null
        let defaults = file.Root!.All("defaults").LastOrDefault(d => d.Place < section.Place)
        where (section["mode"] ?? defaults?["mode"])?.FirstWord != "tcp"
        let tunnel = Timeout(section, "tunnel") ?? Timeout(defaults, "tunnel")
        let other = new[] { Timeout(section, "server") ?? Timeout(defaults, "server"), Timeout(section, "client") ?? Timeout(defaults, "client") }
            .Where(t => t is not null).MinBy(t => TimeText.Seconds(t!.Words[1], 0.001) ?? double.MaxValue)
        let timeout = tunnel ?? other
        where timeout is not null && TimeText.Seconds(timeout.Words[1], 0.001) is not null
        select new Hop(HopType.Haproxy, $"HAProxy {section.Key} {section.FirstWord}", section.Place)
        {
            Idle = new HopLimit(TimeText.Seconds(timeout.Words[1], 0.001)!.Value, timeout.Place, null),
        };

    internal static ConfigNode? Timeout(ConfigNode? section, string name) => section?.All("timeout").FirstOrDefault(t => t.Words is [var first, _, ..] && first == name);
}
