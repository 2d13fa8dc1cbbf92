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
                context.Fault($"listen.public.{i}.proxyProtocol",
                    "asks for a PROXY header, but listen.trustedProxies names nobody who may send one, so that nobody could connect",
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
        if (AddressOf(slash < 0 ? text : text[..slash]) is not { } address || (slash >= 0 && !IPNetwork.TryParse(text, out _)))
            context.Fault(ProxiesPath, $"holds \"{NodeText.WithoutUser(text)}\", which is neither a network nor an address",
                "Write 10.0.0.0/8, fd00::/8, or one address: 10.0.0.1. Names are not looked up.");
        else if (slash >= 0 && IPNetwork.Parse(text) is var network && !network.BaseAddress.Equals(address))
            context.Fault(ProxiesPath, $"holds \"{NodeText.WithoutUser(text)}\", which is an address with the size of a network: all of {network} would be believed",
                $"Write {network} for all of it, or {address} for the one.");
        else if (text.EndsWith("/0", StringComparison.Ordinal))
            context.Notice(ProxiesPath, "which believes everybody: any client can say that it comes from another address");
    }

    /// <summary>Null for what is not written plainly: 010.0.0.1 would be read as octal, 10.1 as 10.0.0.1, and a zone or a port is lost.</summary>
    private static IPAddress? AddressOf(string text)
    {
        if (!IPAddress.TryParse(text, out var address))
            return null;
        return text.Contains(':') ? text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') ? address : null : address.ToString() == text ? address : null;
    }

    private static void CheckHosts(RuleContext context, IReadOnlyList<string> hosts, string path)
    {
        foreach (var host in hosts)
        {
            var name = Suffix(host);
            if (!name.All(char.IsAscii) && Uri.TryCreate($"http://{name}", UriKind.Absolute, out var url))
                context.Fault(path, $"holds \"{host}\", which clients write in other letters", $"Write {host[..^name.Length]}{url.IdnHost}.");
            else if (Uri.CheckHostName(name) == UriHostNameType.Unknown || (name.Contains(':') && name[0] != '['))
                context.Fault(path, $"holds \"{NodeText.WithoutUser(host)}\", which is no host name",
                    "Write names without scheme, port or path: example.org, or *.example.org for all below it.");
        }
    }

    private static void CheckServed(RuleContext context, IReadOnlyList<string> hosts, string path)
    {
        var served = context.Settings.Listen.Hosts;
        if (served.Count == 0 || !context.IsSound("listen.hosts"))
            return;
        foreach (var host in hosts.Where(h => !served.Any(s => Meet(h, s))))
            context.Fault(path, $"holds \"{NodeText.WithoutUser(host)}\", which listen.hosts ({context.OriginOf("listen.hosts")}) does not take",
                "Add it to listen.hosts, or remove it here.");
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
