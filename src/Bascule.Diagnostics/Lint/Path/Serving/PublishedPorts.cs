using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>Ports of containers with a proxy that Compose files publish under another number.</summary>
internal static class PublishedPorts
{
    private static readonly Dictionary<FileKind, string> Images = new()
    {
        [FileKind.Nginx] = "nginx", [FileKind.Haproxy] = "haproxy", [FileKind.Caddy] = "caddy", [FileKind.Apache] = "httpd",
    };

    /// <summary>The port itself, and those within containers of this product that are reached by it.</summary>
    internal static IReadOnlyList<int> Behind(Deployment deployment, FileKind product, int port) =>
    [
        port,
        .. from container in deployment.Containers
           where deployment.File(container.Place.File)?.Kind == FileKind.Compose && $"{container.Name} {container.Image}".Contains(Images[product], StringComparison.OrdinalIgnoreCase)
           from item in container.Body["ports"]?.Items ?? []
           let pair = item.Text("target") is { } target ? [item.Text("published") ?? "", target] : (item.Value ?? "").Split('/')[0].Split(':')
           where pair.Length > 1 && pair[^2] == port.ToString(CultureInfo.InvariantCulture)
           let inside = int.TryParse(pair[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : port
           select inside,
    ];
}
