namespace Bascule.Diagnostics;

/// <summary>A router of Traefik, wherever it is written.</summary>
/// <param name="Path">Of its rule; <c>/</c> where the rule names none.</param>
internal sealed record TraefikRouter(string Name, string Path, IReadOnlyList<string> Middlewares, IReadOnlyList<string> Services, Place Place);

/// <summary>One part of Traefik's configuration with a name: a middleware, a service.</summary>
internal sealed record TraefikPart(string Name, ConfigNode Body);

/// <summary>What Traefik is told in files, labels, arguments and Kubernetes objects, in one shape. Its keys are compared without case, as Traefik does.</summary>
internal sealed class TraefikModel
{
    internal TraefikModel(Deployment deployment)
    {
        Roots = [.. deployment.Of(FileKind.Traefik).SelectMany(f => f.Kind == FileKind.Traefik && f.Root!.Children.Exists(c => c.Key == "-" || c.Children.Count > 0) ? Documents(f.Root!) : []), .. Labels(deployment), .. Arguments(deployment)];
        Middlewares = [.. Roots.SelectMany(r => Parts(r, "middlewares")), .. deployment.Kube("Middleware").Where(IsTraefik).Select(m => new TraefikPart(m.Name, m.Body["spec"] ?? m.Body))];
        Services = [.. Roots.SelectMany(r => Parts(r, "services"))];
        EntryPoints = [.. Roots.Select(r => Get(r, "entryPoints")).OfType<ConfigNode>()];
        Transports = [.. Roots.SelectMany(r => new[] { Get(r, "serversTransport"), Get(Get(r, "http"), "serversTransports") }).OfType<ConfigNode>(), .. deployment.Kube("ServersTransport").Select(s => s.Body)];
        Routers = [.. Roots.SelectMany(r => Parts(r, "routers")).Select(OfFile), .. deployment.Kube("IngressRoute").SelectMany(OfObject)];
    }

    /// <summary>Every document, each in the shape of the file provider.</summary>
    internal IReadOnlyList<ConfigNode> Roots { get; }

    internal IReadOnlyList<TraefikPart> Middlewares { get; }

    internal IReadOnlyList<TraefikPart> Services { get; }

    /// <summary>The nodes that hold entry points by name.</summary>
    internal IReadOnlyList<ConfigNode> EntryPoints { get; }

    internal IReadOnlyList<ConfigNode> Transports { get; }

    internal IReadOnlyList<TraefikRouter> Routers { get; }

    /// <summary>Routers for WebSocket paths; where no path is one, all of them.</summary>
    internal IReadOnlyList<TraefikRouter> SocketRouters => PathHops.OfOwnSign(Routers, r => Intent.IsSocketPath(r.Path) || Intent.IsSocketPath("/" + r.Name));

    /// <summary>The middlewares of one kind through which some routers lead, chains included.</summary>
    internal IEnumerable<(TraefikPart Part, ConfigNode Settings)> Through(IEnumerable<TraefikRouter> routers, string kind)
    {
        var names = routers.SelectMany(r => r.Middlewares).Concat(EntryPoints.SelectMany(e => e.Children).SelectMany(e => List(Get(Get(e, "http"), "middlewares")))).Select(Plain).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var chain in Middlewares.Where(m => names.Contains(m.Name) && Get(m.Body, "chain") is not null).ToList())
            names.UnionWith(List(Get(Get(chain.Body, "chain"), "middlewares")).Select(Plain));
        return from part in Middlewares
               where names.Contains(part.Name)
               let settings = Get(part.Body, kind)
               where settings is not null
               select (part, settings);
    }

    /// <summary>The child of that name, whatever its case.</summary>
    internal static ConfigNode? Get(ConfigNode? node, string key) => node?.Children.Find(c => c.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <summary>All nodes of that name below one, whatever their case.</summary>
    internal static IEnumerable<ConfigNode> Deep(ConfigNode node, string key) => node.Everything().Where(n => n.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static List<ConfigNode> Documents(ConfigNode root) => Get(root, "http") is not null || Get(root, "entryPoints") is not null ? [root] : root.Children;

    private static bool IsTraefik(KubeObject one) => one.ApiVersion.StartsWith("traefik.", StringComparison.Ordinal);

    private static IEnumerable<TraefikPart> Parts(ConfigNode root, string kind) => (Get(Get(root, "http"), kind)?.Children ?? []).Select(c => new TraefikPart(c.Key, c));

    private static TraefikRouter OfFile(TraefikPart router) =>
        new(router.Name, RoutedHosts.TraefikPath(Get(router.Body, "rule")?.Value), List(Get(router.Body, "middlewares")), List(Get(router.Body, "service")), router.Body.Place);

    private static IEnumerable<TraefikRouter> OfObject(KubeObject route) =>
        from rule in route.Body.At("spec", "routes")?.Items ?? []
        select new TraefikRouter(
            route.Name, RoutedHosts.TraefikPath(rule.Text("match")), [.. (rule["middlewares"]?.Items ?? []).Select(m => m.Text("name")).OfType<string>()], [.. (rule["services"]?.Items ?? []).Select(s => s.Text("name")).OfType<string>()], rule.Place);

    private static IReadOnlyList<string> List(ConfigNode? node) =>
        node is null ? [] : [.. node.Texts.SelectMany(t => t.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>A name without the provider: <c>limit@docker</c>.</summary>
    private static string Plain(string name) => name.Split('@')[0];

    private static IEnumerable<ConfigNode> Labels(Deployment deployment) =>
        from file in deployment.Of(FileKind.Compose)
        from service in file.Root!.Children.SelectMany(d => d["services"]?.Children ?? [])
        let labels = (service["labels"]?.Children ?? []).Concat(service.At("deploy", "labels")?.Children ?? []).Select(Pair).Where(p => p.Key.StartsWith("traefik.", StringComparison.OrdinalIgnoreCase)).ToList()
        where labels.Count > 0
        select Tree(labels.Select(l => (l.Key["traefik.".Length..], l.Value, l.Place)), service.Place);

    private static IEnumerable<ConfigNode> Arguments(Deployment deployment) =>
        from container in deployment.Containers
        where container.Image.Contains("traefik", StringComparison.Ordinal)
        let arguments = new[] { container.Body["command"], container.Body["args"] }.OfType<ConfigNode>().SelectMany(c => c.Items).Where(i => i.Value?.StartsWith("--", StringComparison.Ordinal) == true).Select(i => Pair(new ConfigNode(ConfigNode.ListItem, i.Value![2..], i.Place))).ToList()
        where arguments.Count > 0
        select Tree(arguments, container.Place);

    private static (string Key, string Value, Place Place) Pair(ConfigNode label)
    {
        if (label.Key != ConfigNode.ListItem)
            return (label.Key, label.Value ?? "", label.Place);
        var (text, sign) = (label.Value ?? "", (label.Value ?? "").IndexOf('='));
        return sign < 0 ? (text, "", label.Place) : (text[..sign], text[(sign + 1)..], label.Place);
    }

    /// <summary>Names with points, as a tree: <c>http.routers.chat.rule</c>.</summary>
    private static ConfigNode Tree(IEnumerable<(string Key, string Value, Place Place)> pairs, Place place)
    {
        var root = new ConfigNode("", null, place);
        foreach (var (key, value, where) in pairs.Take(1000))
        {
            var (at, parts) = (root, key.Split('.').Take(ConfigLimits.Depth).ToList());
            for (var i = 0; i < parts.Count; i++)
            {
                var next = i < parts.Count - 1 ? Get(at, parts[i]) : null;
                if (next is null)
                    at.Children.Add(next = new ConfigNode(parts[i], i == parts.Count - 1 ? value : null, where));
                at = next;
            }
        }

        return root;
    }
}
