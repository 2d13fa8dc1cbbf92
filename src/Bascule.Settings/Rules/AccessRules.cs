using System.Net;

namespace Bascule.Settings;

/// <summary>Who is believed and who may come in: proxies, hosts, origins of pages.</summary>
internal static class AccessRules
{
    private const string Wildcard = "*.";
    private const string ProxiesPath = "listen.trustedProxies";

    internal static void Check(RuleContext context)
    {
        var listen = context.Settings.Listen;
        foreach (var network in listen.TrustedProxies)
            CheckNetwork(context, network);
        CheckHosts(context, listen.Hosts, "listen.hosts");
        CheckOrigins(context, listen.Origins, "listen.origins");
        for (var i = 0; i < listen.Public.Count; i++)
        {
            if (listen.Public[i].ProxyProtocol && listen.TrustedProxies.Count == 0 && context.IsSound(ProxiesPath))
                context.Fault($"listen.public.{i}.proxyProtocol", "asks for a PROXY header, but listen.trustedProxies names nobody who may send one, so that nobody could connect",
                    "Add the network of the load balancer to listen.trustedProxies.");
        }

        var routes = context.Settings.Routes;
        for (var i = 0; i < routes.Count; i++)
        {
            CheckHosts(context, routes[i].Hosts, $"routes.{i}.hosts");
            CheckServed(context, routes[i].Hosts, $"routes.{i}.hosts");
            CheckOrigins(context, routes[i].Origins ?? [], $"routes.{i}.origins");
        }
    }

    private static void CheckNetwork(RuleContext context, string text)
    {
        var slash = text.IndexOf('/');
        var written = slash < 0 ? text : text[..slash];

        // 010.0.0.1 would be read as octal, and 10.1 as 10.0.0.1: what is not written plainly is hardly what was meant.
        if (!IPAddress.TryParse(written, out var address) || (!written.Contains(':') && address.ToString() != written)
            || (slash >= 0 && !IPNetwork.TryParse(text, out _)))
            context.Fault(ProxiesPath, $"holds \"{NodeText.WithoutUser(text)}\", which is neither a network nor an address", "Write 10.0.0.0/8, fd00::/8, or one address: 10.0.0.1. Names are not looked up.");
        else if (slash >= 0 && IPNetwork.Parse(text) is var network && !network.BaseAddress.Equals(address))
            context.Fault(ProxiesPath, $"holds \"{NodeText.WithoutUser(text)}\", which is an address with the size of a network: all of {network} would be believed",
                $"Write {network} for all of it, or {address} for the one.");
        else if (text.EndsWith("/0", StringComparison.Ordinal))
            context.Notice(ProxiesPath, "which believes everybody: any client can say that it comes from another address");
    }

    private static void CheckHosts(RuleContext context, IReadOnlyList<string> hosts, string path)
    {
        foreach (var host in hosts)
        {
            if (Uri.CheckHostName(Suffix(host)) == UriHostNameType.Unknown)
                context.Fault(path, $"holds \"{NodeText.WithoutUser(host)}\", which is no host name", "Write names without scheme, port or path: example.org, or *.example.org for all below it.");
        }
    }

    private static void CheckServed(RuleContext context, IReadOnlyList<string> hosts, string path)
    {
        var served = context.Settings.Listen.Hosts;
        if (served.Count == 0 || !context.IsSound("listen.hosts"))
            return;
        foreach (var host in hosts.Where(h => !served.Any(s => Meet(h, s))))
            context.Fault(path, $"holds \"{NodeText.WithoutUser(host)}\", which listen.hosts ({context.OriginOf("listen.hosts")}) does not take, so that no request would get there", "Add it to listen.hosts, or remove it here.");
    }

    private static void CheckOrigins(RuleContext context, IReadOnlyList<string> origins, string path)
    {
        foreach (var origin in origins)
        {
            if (OriginText.Fault(origin) is var (problem, remedy))
                context.Fault(path, $"holds \"{NodeText.WithoutUser(origin)}\", which {problem}", remedy);
        }
    }

    /// <summary>Whether one name can be taken by both.</summary>
    private static bool Meet(string a, string b) => Takes(a, b) || Takes(b, a) || a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private static bool Takes(string pattern, string host) =>
        pattern.StartsWith(Wildcard, StringComparison.Ordinal) && host.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase);

    private static string Suffix(string host) => host.StartsWith(Wildcard, StringComparison.Ordinal) ? host[Wildcard.Length..] : host;
}
