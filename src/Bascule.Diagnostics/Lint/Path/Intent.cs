using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Why these files are taken to carry WebSockets. Rules are silent about plain HTTP services.</summary>
public sealed record Intent(string What, Place Place)
{
    private static readonly Regex SocketPath = SourceText.Pattern(@"(?i)(^|[/^~*_ (|\""'-])(ws|wss|websocket|websockets|socket\.io|cable|hubs?|terminal|socket|stream)([/*$)_ .?|\""',-]|$)");
    private static readonly Regex SocketUrl = SourceText.Pattern(@"\bwss?://");

    private static readonly Regex UpgradeRule = SourceText.Pattern(@"(?i)\bupgrade\b.*\bwebsocket\b");

    /// <summary>Whether a path looks as if sockets were served there.</summary>
    public static bool IsSocketPath(string path) => SocketPath.IsMatch(path);

    public static bool IsSocketUrl(string text) => SocketUrl.IsMatch(text);

    public static IEnumerable<Intent> Read(Deployment deployment) =>
        OfSources(deployment).Concat(OfImages(deployment)).Concat(OfVariables(deployment)).Concat(OfProxies(deployment)).Concat(OfPaths(deployment)).Concat(OfTerraform(deployment));

    private static IEnumerable<Intent> OfSources(Deployment deployment)
    {
        foreach (var file in deployment.Sources)
        {
            if (SourceSigns.Server(file) is { } server)
                yield return new Intent(server.What, server.Place);
            else if (SourceSigns.BrowserClient.Match(file.Text) is { Success: true } client)
                yield return new Intent("a page opens a WebSocket", file.PlaceOf(client.Index));
            else if (SocketUrl.Match(file.Text) is { Success: true } url && !SourceText.IsComment(file.Text, url.Index))
                yield return new Intent("a ws:// or wss:// URL", file.PlaceOf(url.Index));
        }

        foreach (var file in deployment.Files.Where(f => f.Kind == FileKind.Manifest))
        {
            if (SourceSigns.Packages(file).FirstOrDefault(c => SourceSigns.IsServerPackage(c.Key)) is { } library)
                yield return new Intent($"the package {library.Key}", library.Place);
        }
    }

    private static IEnumerable<Intent> OfImages(Deployment deployment) =>
        from container in deployment.Containers
        where UnitReader.NameOf(container.Image) is "bascule" or "soketi" or "centrifugo" or "signalr"
        select new Intent($"the image {UnitReader.NameOf(container.Image)}", container.Place);

    private static IEnumerable<Intent> OfVariables(Deployment deployment) =>
        from variable in deployment.Variables
        let isUrl = SocketUrl.IsMatch(variable.Value ?? "")
        where isUrl || variable.Key.StartsWith("WEBSOCKET_", StringComparison.Ordinal) || variable.Key is "WS_MODE" or "WS_URL" or "WS_PORT" or "WS_PATH"
        select new Intent(isUrl ? $"{variable.Key} holds a WebSocket URL" : $"the variable {variable.Key}", variable.Place);

    private static IEnumerable<Intent> OfProxies(Deployment deployment)
    {
        foreach (var file in deployment.Files.Where(f => f.Root is not null))
        {
            if (file.Kind == FileKind.Nginx && file.Root!.Deep("proxy_set_header").FirstOrDefault(n => n.Words is [var name, ..] && name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) is { } header)
                yield return new Intent("nginx passes the Upgrade header", header.Place);
            if (file.Kind is FileKind.Caddy or FileKind.Haproxy or FileKind.Apache && file.Root!.Everything().FirstOrDefault(n => UpgradeRule.IsMatch($"{n.Key} {n.Value}")) is { } rule)
                yield return new Intent("a rule asks for the Upgrade header", rule.Place);
            if (file.Kind == FileKind.Envoy && file.Root!.Deep("upgrade_type").FirstOrDefault(n => n.Value == "websocket") is { } upgrade)
                yield return new Intent("Envoy is told to upgrade", upgrade.Place);
            if (file.Kind == FileKind.Apache && file.Root!.Everything().FirstOrDefault(n => n.Words.Any(IsSocketUrl)) is { } mapped)
                yield return new Intent("Apache maps a ws:// address", mapped.Place);
            if (file.Kind == FileKind.Haproxy && file.Root!.Deep("timeout").FirstOrDefault(n => n.Words is ["tunnel", ..]) is { } tunnel)
                yield return new Intent("HAProxy has a tunnel timeout", tunnel.Place);
        }
    }

    private static IEnumerable<Intent> OfPaths(Deployment deployment)
    {
        foreach (var file in deployment.Files.Where(f => f.Root is not null))
        {
            var path = file.Kind switch
            {
                FileKind.Nginx => file.Root!.Deep("location").FirstOrDefault(n => IsSocketPath(n.LastWord ?? "")),
                FileKind.Kubernetes => file.Root!.Deep("match").FirstOrDefault(n => n.Value?.Contains("Path", StringComparison.Ordinal) == true && IsSocketPath(RoutedHosts.TraefikPath(n.Value))) ?? file.Root!.Deep("path").Select(p => p["value"] ?? p).Concat(file.Root.Deep("prefix")).FirstOrDefault(n => n.Value?.StartsWith('/') == true && IsSocketPath(n.Value)),
                FileKind.Haproxy => file.Root!.Everything().FirstOrDefault(n => n.Key is "acl" or "use_backend" or "backend" && n.Words.Any(IsSocketPath)),
                FileKind.Caddy => file.Root!.Everything().FirstOrDefault(n => n.Words.Any(w => w.StartsWith('/') && IsSocketPath(w))),
                FileKind.Apache => file.Root!.Everything().FirstOrDefault(n => n.Key is "ProxyPass" or "Location" && n.Words.Any(w => w.StartsWith('/') && IsSocketPath(w))),
                FileKind.Traefik => file.Root!.Deep("rule").FirstOrDefault(n => IsSocketPath(RoutedHosts.TraefikPath(n.Value))),
                FileKind.Compose => file.Root!.Deep("labels").SelectMany(l => l.Children).FirstOrDefault(l => (l.Key + l.Value).Contains(".rule", StringComparison.Ordinal) && IsSocketPath(RoutedHosts.TraefikPath(l.Value))),
                FileKind.Envoy => file.Root!.Deep("prefix").FirstOrDefault(n => IsSocketPath(n.Value ?? "")),
                _ => null,
            };
            if (path is not null)
                yield return new Intent("a path that looks like one for WebSockets", path.Place);
        }
    }

    private static IEnumerable<Intent> OfTerraform(Deployment deployment) =>
        from resource in deployment.Terraform.Resources
        from node in resource.Body.Everything()
        where node.Value is { } value && (SocketUrl.IsMatch(value) || value.Contains("Upgrade: websocket", StringComparison.OrdinalIgnoreCase) || (value.StartsWith('/') && IsSocketPath(value)))
            || node is { Key: "protocol_type", Value: "WEBSOCKET" } or { Key: "websockets_enabled" } or { Key: "websockets" }
        select new Intent("Terraform names a WebSocket", node.Place);
}
