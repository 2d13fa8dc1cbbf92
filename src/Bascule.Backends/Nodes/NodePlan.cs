using System.Net;
using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>A node as the settings and discovery want it.</summary>
/// <param name="Source">The entry of the settings that it comes from.</param>
internal sealed record NodePlan(string Name, Uri Url, IPAddress? Address, bool InsecureTls, int Slots, int Weight, NodeSource Source)
{
    /// <summary>The nodes of a pool, in the order of its settings.</summary>
    /// <param name="found">What discovery found for an entry; entries without an answer so far have no node.</param>
    /// <exception cref="ArgumentException">There is no entry, or two name the same host and port.</exception>
    internal static List<NodePlan> Of(string pool, PoolSettings settings, Func<NodeSource, IReadOnlyList<FoundNode>> found)
    {
        if (settings.Nodes.Count == 0)
            throw new ArgumentException($"Pool `{pool}` has no node; it needs at least one.", nameof(settings));
        var plans = new List<NodePlan>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in settings.Nodes.Where(entry => entry.Discover == Discovery.Off))
        {
            var plan = OfUrl(entry, settings);
            if (!names.Add(plan.Name))
                throw new ArgumentException($"Pool `{pool}` has the node {plan.Name} more than once; name it once, with as many slots as it takes.", nameof(settings));
            plans.Add(plan);
        }

        // An address that is in the settings, too, or in two answers, is one node: the first counts.
        foreach (var entry in settings.Nodes.Where(entry => entry.Discover != Discovery.Off))
            plans.AddRange(found(NodeSource.Of(entry)).Select(node => OfFound(entry, node, settings)).Where(plan => names.Add(plan.Name)));
        return plans;
    }

    private static NodePlan OfUrl(NodeSettings entry, PoolSettings settings)
    {
        var url = new Uri(entry.Url);
        return new($"{url.Host}:{url.Port}", url, null, entry.InsecureTls, entry.Slots ?? settings.SlotsPerNode, entry.Weight, NodeSource.Of(entry));
    }

    private static NodePlan OfFound(NodeSettings entry, FoundNode node, PoolSettings settings)
    {
        var url = new UriBuilder(entry.Url) { Host = node.Host, Port = node.Port }.Uri;
        var name = node.Address is null ? $"{url.Host}:{url.Port}" : new IPEndPoint(node.Address, node.Port).ToString();
        return new(name, url, node.Address, entry.InsecureTls, entry.Slots ?? settings.SlotsPerNode, entry.Weight * node.Weight, NodeSource.Of(entry));
    }
}

/// <summary>An entry of the settings that nodes come from.</summary>
public sealed record NodeSource(string Url, Discovery Discover)
{
    internal static NodeSource Of(NodeSettings entry) => new(entry.Url, entry.Discover);
}

/// <summary>A node as discovery found it.</summary>
/// <param name="Host">The name for requests and certificates.</param>
/// <param name="Address">Where to connect; null: resolve <paramref name="Host"/>.</param>
/// <param name="Weight">At least 1. Multiplied with the weight of the entry.</param>
public sealed record FoundNode(string Host, int Port, IPAddress? Address, int Weight);
