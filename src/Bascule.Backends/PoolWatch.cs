using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Checks the nodes of all pools, and looks up those that are discovered, as the settings say; it follows their changes by itself.</summary>
public sealed class PoolWatch : IAsyncDisposable
{
    private readonly PoolTable _pools;
    private readonly TimeProvider _time;
    private readonly TaskSet<Check> _checks;
    private readonly TaskSet<Search> _searches;
    private readonly DiscoveryBoard _board = new();

    /// <param name="dns">Answers for nodes that are discovered by it.</param>
    /// <param name="services">Answers for nodes that are pods behind a Service.</param>
    public PoolWatch(PoolTable pools, INodeProbe probe, DnsClient dns, IServiceFinder services, TimeProvider time)
    {
        _pools = pools;
        _time = time;
        _checks = new((check, stop) => new HealthWatch(check.Pool, check.Node, check.Settings, probe, time).RunAsync(stop));
        _searches = new((search, stop) => search.Source.Discover == Discovery.Kubernetes
            ? new ServiceWatch(search.Pool, search.Source, services, _board, time).RunAsync(stop)
            : new DiscoveryWatch(search.Pool, search.Source, search.Every, new NodeSearch(search.Source, dns), _board, time).RunAsync(stop));
    }

    /// <summary>Told when a search for nodes begins to fail, fails otherwise, or works again.</summary>
    public event Action<DiscoveryState>? DiscoveryChanged
    {
        add => _board.Changed += value;
        remove => _board.Changed -= value;
    }

    /// <summary>The last result of each search.</summary>
    public IReadOnlyList<DiscoveryState> Discoveries => _board.All;

    public void Start()
    {
        _pools.Updated += Follow;
        _pools.NodeChanged += FollowMembers;
        Follow();
    }

    public async ValueTask DisposeAsync()
    {
        _pools.Updated -= Follow;
        _pools.NodeChanged -= FollowMembers;
        await _searches.DisposeAsync();
        await _checks.DisposeAsync();
    }

    private void FollowMembers(NodeChange change)
    {
        if (change.Old is null || change.New is null)
            Follow();
    }

    private void Follow()
    {
        var checks = new HashSet<Check>();
        var searches = new HashSet<Search>();
        foreach (var pool in _pools.All.Where(pool => !pool.IsRemoved))
        {
            var settings = pool.Settings;
            if (settings.Health is { } health)
                checks.UnionWith(pool.Nodes.Select(node => new Check(pool, node, health)));
            searches.UnionWith(settings.Nodes.Where(entry => entry.Discover != Discovery.Off)
                .Select(entry => new Search(pool, NodeSource.Of(entry), settings.DiscoverEvery)));
        }

        _checks.Follow(checks);
        _searches.Follow(searches);
        _board.Keep(searches.Select(search => (search.Pool.Name, search.Source.Url)).ToHashSet());
    }

    // Equal by what they hold, so that changed settings stop the old task and start a new one.
    private sealed record Check(Pool Pool, Node Node, HealthSettings Settings);

    private sealed record Search(Pool Pool, NodeSource Source, TimeSpan Every);
}
