using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The shards, here and elsewhere, as a pool: the same slots, queue and balance as for back ends.</summary>
public static class HubPool
{
    /// <summary>No pool of the configuration may have it.</summary>
    public const string Name = "hub";

    /// <summary>The nodes' hosts. Their ports only number them: <c>shard:1</c>.</summary>
    private const string ShardHost = "shard";
    private const string OwnHost = "hub";

    /// <summary>The only node of mode <c>single</c>.</summary>
    internal const string OwnName = "hub:1";

    /// <summary>The pools of the configuration, and that of the hub where a route leads to topics.</summary>
    public static IReadOnlyDictionary<string, PoolSettings> With(IReadOnlyDictionary<string, PoolSettings> pools, PoolSettings? hub) =>
        hub is null ? pools : new Dictionary<string, PoolSettings>(pools, StringComparer.Ordinal) { [Name] = hub };

    /// <summary>Null when no route has topics.</summary>
    public static PoolSettings? Of(BasculeSettings settings) => !settings.Routes.Any(route => route.Topics.Count > 0) ? null : new PoolSettings
    {
        Nodes = [.. NodesOf(settings.Hub).Select(url => new NodeSettings { Url = url }), .. settings.Hub.Elsewhere],
        SlotsPerNode = settings.Hub.SlotsPerShard,
        Queue = settings.Hub.Queue,
        Balance = Balance.LeastConnections,
        // A shard of ours that cannot be reached says so itself, by its line; those elsewhere have none.
        Breaker = settings.Hub.Elsewhere.Count > 0 ? new BreakerSettings() : new BreakerSettings { Failures = 0, FailurePercent = 0 },
        Health = settings.Hub.Elsewhere.Count > 0 ? new HealthSettings() : null,
    };

    /// <summary>The URL that stands for a shard which this gateway started, counted from 1.</summary>
    public static string UrlOf(int shard) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"http://{ShardHost}:{shard}");

    private static IEnumerable<string> NodesOf(HubSettings hub) =>
        hub.Mode == HubMode.Single ? [$"http://{OwnHost}:1"] : [.. Enumerable.Range(1, hub.Shards).Select(UrlOf)];
}
