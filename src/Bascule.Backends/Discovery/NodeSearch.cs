using System.Net;
using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>What a search gave.</summary>
/// <param name="Nodes">Null: nothing that could be used, those found before stay.</param>
/// <param name="Fault">What went wrong, wholly or in part; null when all went well.</param>
internal readonly record struct FoundNodes(IReadOnlyList<FoundNode>? Nodes, TimeSpan TimeToLive, string? Fault);

/// <summary>Turns DNS answers into nodes. An answer that fails, or names nothing, never takes nodes away: the DNS is broken more often than all nodes are gone.</summary>
internal sealed class NodeSearch
{
    private readonly Uri _url;
    private readonly Discovery _discover;
    private readonly DnsClient _dns;
    private readonly Dictionary<DnsType, IReadOnlyList<FoundNode>> _known = [];

    internal NodeSearch(NodeSource source, DnsClient dns)
    {
        _url = new Uri(source.Url);
        _discover = source.Discover;
        _dns = dns;
    }

    internal int KnownNodes => _known.Values.Sum(nodes => nodes.Count);

    internal async Task<FoundNodes> RunAsync(CancellationToken cancellation)
    {
        if (_dns.AddressesWithoutQuestion(_url.IdnHost) is { } addresses)
            return Use(DnsType.A, [.. addresses.Select(Node)], TimeSpan.MaxValue);
        if (_discover == Discovery.Srv)
            return Merge([await AskAsync(DnsType.Srv, cancellation)]);
        return Merge(await Task.WhenAll(AskAsync(DnsType.A, cancellation), AskAsync(DnsType.Aaaa, cancellation)));
    }

    private async Task<Reply> AskAsync(DnsType type, CancellationToken cancellation) => new(type, await _dns.AskAsync(_url.IdnHost, type, cancellation));

    // When one family of addresses fails, its last known ones stay beside the fresh ones of the other.
    private FoundNodes Merge(Reply[] replies)
    {
        var faults = replies.Select(reply => reply.Answer.Fault).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        var fault = faults.Count == 0 ? null : string.Join("; ", faults);
        var fresh = replies.Where(reply => reply.Answer.Fault is null).Select(reply => (reply.Type, Nodes: Nodes(reply.Answer))).ToList();
        if (fresh.Sum(answer => answer.Nodes.Count) == 0)
            return new(null, TimeSpan.Zero, fault ?? $"the DNS knows {_url.IdnHost}, but no {(_discover == Discovery.Srv ? "service" : "address")} of it");
        foreach (var (type, nodes) in fresh)
            _known[type] = nodes;
        var ttl = replies.Where(reply => reply.Answer.Records.Count > 0).Min(reply => reply.Answer.TimeToLive);
        return new([.. _known.Values.SelectMany(nodes => nodes)], ttl, fault);
    }

    private FoundNodes Use(DnsType type, IReadOnlyList<FoundNode> nodes, TimeSpan ttl)
    {
        _known[type] = nodes;
        return new(nodes, ttl, null);
    }

    // Sorted, because servers rotate their answers, and equal answers should give equal lists.
    private List<FoundNode> Nodes(DnsAnswer answer)
    {
        if (_discover != Discovery.Srv)
            return [.. answer.Records.Select(record => record.Address!).OrderBy(address => address.ToString(), StringComparer.Ordinal).Select(Node)];

        // RFC 2782: only the lowest number of priority is used; a target of "." means that there is no such service. Nor is it one when no URL could name it.
        var services = answer.Records.Select(record => record.Service!).Where(service => service.Port > 0 && Uri.CheckHostName(service.Target) == UriHostNameType.Dns).ToList();
        var first = services.Count == 0 ? 0 : services.Min(service => service.Priority);
        return [.. services.Where(service => service.Priority == first)
            .OrderBy(service => service.Target, StringComparer.Ordinal).ThenBy(service => service.Port)
            .Select(service => new FoundNode(service.Target, service.Port, null, Math.Max(1, (int)service.Weight)))];
    }

    private FoundNode Node(IPAddress address) => new(_url.Host, _url.Port, address, 1);

    private readonly record struct Reply(DnsType Type, DnsAnswer Answer);
}
