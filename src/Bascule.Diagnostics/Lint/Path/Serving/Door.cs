using System.Globalization;

namespace Bascule.Diagnostics;

/// <summary>One block of a proxy's configuration that takes connections: a server of nginx, a frontend of HAProxy, a site of Caddy or Apache.</summary>
/// <param name="Ports">Empty where the block names none.</param>
/// <param name="Names">Hosts it answers for; empty for all.</param>
internal sealed record Door(FileKind Kind, ConfigNode Block, IReadOnlyList<int> Ports, IReadOnlyList<string> Names)
{
    internal bool IsNamed(string host) => Names.Any(name =>
        name.Equals(host, StringComparison.OrdinalIgnoreCase) || (name.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)));

    internal static IEnumerable<Door> Read(LintFile file) => file switch
    {
        { Kind: FileKind.Nginx, Root: { } root } => root.Deep("server").Where(s => s.Children.Count > 0).Select(Nginx),
        { Kind: FileKind.Haproxy, Root: { } root } => root.Children.Where(s => s["bind"] is not null).Select(Haproxy),
        { Kind: FileKind.Caddy, Root: { } root } => root.Children.Where(s => s.Children.Count > 0 && s.Key != "{" && !s.Key.StartsWith('(')).Select(Caddy),
        { Kind: FileKind.Apache, Root: { } root } => root.Deep("VirtualHost").Select(Apache),
        _ => [],
    };

    private static Door Nginx(ConfigNode server) => new(FileKind.Nginx, server, PortsOf(server.All("listen").Select(l => l.FirstWord), bare: true), server["server_name"]?.Words ?? []);

    private static Door Haproxy(ConfigNode section) => new(FileKind.Haproxy, section, PortsOf(section.All("bind").SelectMany(b => (b.FirstWord ?? "").Split(',')), bare: false), []);

    private static Door Apache(ConfigNode site) => new(
        FileKind.Apache, site, PortsOf(site.Words, bare: false), [.. site.Children.Where(c => c.Key is "ServerName" or "ServerAlias").SelectMany(c => c.Words).Select(w => w.Split(':')[0])]);

    /// <summary>An address without a port is one of HTTPS, and of HTTP that leads there.</summary>
    private static Door Caddy(ConfigNode site)
    {
        var addresses = site.Words.Prepend(site.Key).Select(w => w.TrimEnd(',').Split("://")[^1].Split('/')[0]).ToList();
        var ports = PortsOf(addresses, bare: false);
        var names = addresses.Select(a => a.Split(':')[0]).ToList();
        return new Door(FileKind.Caddy, site, ports.Count > 0 ? ports : [443, 80], names.Contains("") ? [] : names);
    }

    /// <param name="bare">Whether a number alone is a port.</param>
    private static IReadOnlyList<int> PortsOf(IEnumerable<string?> addresses, bool bare) =>
    [
        .. from address in addresses
           where address is not null && (bare || address.Contains(':'))
           let port = Number(address[(address.LastIndexOf(':') + 1)..])
           where port is not null
           select port.Value,
    ];

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
}
