using System.Net;

namespace Bascule.Settings;

/// <summary>The nodes of a pool: addresses that can be reached or looked up, none twice, one at least with a part of the connections.</summary>
internal static class NodeRules
{
    internal static void Check(RuleContext context, IReadOnlyList<NodeSettings> nodes, string path)
    {
        if (nodes.Count == 0)
            context.Fault(path, "has no node, so that nothing could be served", "Add one: \"http://HOST:PORT\".");
        else if (nodes.All(n => n.Weight == 0))
            context.Fault(path, "gives every node the weight 0, so that nothing could be served", "Give one of them a weight of 1 or more, or leave it out.");

        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < nodes.Count; i++)
        {
            var at = $"{path}.{i}.url";
            if (UrlAt(context, nodes[i].Url, at) is not { } url)
                continue;
            // By host and port alone, as nodes are named: a port speaks TLS or does not.
            if (!seen.TryAdd($"{url.Host}:{url.Port}", at))
                context.Fault(at, $"is the same back end as {seen[$"{url.Host}:{url.Port}"]}, so that its slots would count twice",
                    "Remove one of the two; slots gives a node more.");
            CheckDiscovery(context, nodes[i], url, at);
        }
    }

    private static Uri? UrlAt(RuleContext context, string text, string at)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
            context.Fault(at, "is not the URL of a back end",
                "Write http://HOST:PORT or https://HOST:PORT; a WebSocket is asked for over the same (http for ws, https for wss).");
        else if (url.PathAndQuery != "/" || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            context.Fault(at, "holds more than scheme, host and port", "Cut the rest off: the path comes from the request.");
        else
            return url;
        return null;
    }

    private static void CheckDiscovery(RuleContext context, NodeSettings node, Uri url, string at)
    {
        if (node.Discover == Discovery.Off)
            return;
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out _))
            context.Fault(at, $"is an address, but discover is {node.Discover.ToString().ToLowerInvariant()}, which looks up a name",
                "Write the name, or leave discover out.");
        else if (node.Discover == Discovery.Srv && HasPort(node.Url))
            context.Fault(at, "has a port, but SRV records name the ports themselves", $"Write {url.Scheme}://{url.Host}.");
        else if (node.Discover == Discovery.Kubernetes && ServiceName.Of(url.Host) is null)
            context.Fault(at, "does not name a Service and its namespace, which discover kubernetes follows", $"Write {url.Scheme}://SERVICE.NAMESPACE:PORT; PORT is the one that the pods listen on.");
    }

    /// <summary>As it is written: a <see cref="Uri"/> does not tell the usual port from none.</summary>
    private static bool HasPort(string url) => url.LastIndexOf(':') > url.IndexOf("://", StringComparison.Ordinal);
}
