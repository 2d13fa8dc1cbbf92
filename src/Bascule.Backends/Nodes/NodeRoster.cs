using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Which nodes a pool has, and which of them is next. Those that leave stay until their last slot is back. The pool's lock guards it; the list may be
/// read without.</summary>
internal sealed class NodeRoster(Pool pool, TimeProvider time, NodeJudge judge, Action<NodeChange> changed)
{
    private readonly Dictionary<NodeSource, IReadOnlyList<FoundNode>> _found = [];
    private volatile IReadOnlyList<Node> _nodes = [];
    private IBalancer _balancer = new LeastConnections([]);
    private RoundRobin _plainTurns = new([]);

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The node for a slot; null when none is free.</summary>
    internal Node? PickFree(in SlotRequest request, ulong keyHash)
    {
        if (judge.IsRamping)
            judge.Ramp(_nodes);
        return _balancer.PickFree(request, keyHash);
    }

    /// <summary>A node in this condition for a plain request.</summary>
    internal Node? PickPlain(NodeCondition condition, string? key)
    {
        if (judge.IsRamping)
            judge.Ramp(_nodes);
        return pool.Settings.Balance == Balance.ConsistentHash && key is not null
            ? ConsistentHash.OwnNode(_nodes, condition, HashKey.Of(key))
            : _plainTurns.Pick(condition);
    }

    /// <summary>Takes over what discovery found for an entry of the settings. False when there is no such entry any more.</summary>
    internal bool Find(NodeSource source, IReadOnlyList<FoundNode> found)
    {
        if (!pool.Settings.Nodes.Any(entry => NodeSource.Of(entry) == source))
            return false;
        _found[source] = found;
        return true;
    }

    /// <summary>The nodes that the pool should have.</summary>
    /// <exception cref="ArgumentException">See <see cref="NodePlan.Of"/>.</exception>
    internal List<NodePlan> Plan(PoolSettings settings) => NodePlan.Of(pool.Name, settings, source => _found.GetValueOrDefault(source, []));

    /// <summary>Brings the list in line with the plan, and has every node judged anew.</summary>
    internal void Apply(IReadOnlyList<NodePlan> plans, PoolSettings settings)
    {
        var sources = settings.Nodes.Select(NodeSource.Of).ToHashSet();
        foreach (var gone in _found.Keys.Where(source => !sources.Contains(source)).ToList())
            _found.Remove(gone);

        var present = _nodes.ToDictionary(node => node.Name, StringComparer.Ordinal);

        // Whoever comes to a pool that serves already starts slowly; the first ones have nobody to take the load meanwhile.
        var isServing = present.Count > 0;
        var next = new List<Node>();
        foreach (var plan in plans)
        {
            if (present.Remove(plan.Name, out var node))
                node.Follow(plan);
            else
                node = Join(plan, isServing);
            next.Add(node);
        }

        foreach (var node in present.Values)
        {
            node.Leaving ??= WhyGone(node, sources);
            if (node.SlotsInUse > 0)
                next.Add(node);
            else
                changed(new NodeChange(pool, node, node.State, null));
        }

        Seat(next, settings.Balance);
        foreach (var node in next)
            judge.Judge(node);
    }

    /// <summary>Takes out a node that left and has no slot in use any more.</summary>
    internal void Remove(Node node)
    {
        Seat(_nodes.Where(other => other != node), pool.Settings.Balance);
        changed(new NodeChange(pool, node, node.State, null));
    }

    private void Seat(IEnumerable<Node> nodes, Balance balance)
    {
        Node[] seated = [.. nodes];
        _balancer = IBalancer.For(balance, seated);
        _plainTurns = new RoundRobin(seated);
        _nodes = seated;
    }

    private Node Join(NodePlan plan, bool slowly)
    {
        var node = new Node(plan, new NodeState(NodeCondition.Up, null, time.GetUtcNow()));
        changed(new NodeChange(pool, node, null, node.State));
        if (slowly)
            judge.StartSlowly(node);
        return node;
    }

    private static string WhyGone(Node node, HashSet<NodeSource> sources) =>
        node.Plan.Source is { Discover: not Discovery.Off } source && sources.Contains(source)
            ? $"{(source.Discover == Discovery.Kubernetes ? "the Service no longer has it ready" : "the DNS no longer names it")} for {source.Url}"
            : "it is no longer in the configuration";
}
