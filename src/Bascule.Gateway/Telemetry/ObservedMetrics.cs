using System.Diagnostics.Metrics;
using Bascule.Backends;
using Bascule.Cluster;

namespace Bascule.Gateway;

/// <summary>Metrics whose value is asked for when somebody looks.</summary>
internal static class ObservedMetrics
{
    internal static void Add(Meter meter, GatewayReadings readings, BuildVersion build)
    {
        meter.CreateObservableGauge("bascule.slots.in_use", () => readings.Slots().Select(s => Slot(s, s.InUse)), "{slot}", "Slots taken on a node.");
        meter.CreateObservableGauge("bascule.slots.limit", () => readings.Slots().Select(s => Slot(s, s.Limit)), "{slot}", "Slots that a node has.");
        meter.CreateObservableGauge("bascule.queue.depth", () => readings.Queues().Select(q => InPool(q.Pool, q.Depth)), "{attempt}", "Attempts that wait for a slot.");
        meter.CreateObservableGauge("bascule.drain.remaining", () => Drains(readings.Drains()), "{connection}", "Connections and requests that a drain still waits for; 0 when none is going on.");
        meter.CreateObservableGauge("bascule.breaker.state", () => readings.Nodes().Select(n => new Measurement<long>(n.Condition switch { NodeCondition.Ejected => 2, NodeCondition.Trying => 1, _ => 0 }, new("pool", n.Pool), new("node", n.Node))),
            description: "Breaker of a node: 0 closed, 1 half open (one connection tries it), 2 open (ejected).");
        meter.CreateObservableGauge("bascule.node.state", () => readings.Nodes().SelectMany(States), description: "1 for the state that a node is in, 0 for the others.");
        meter.CreateObservableGauge("bascule.ready_connections", () => readings.Ready().Select(r => InPool(r.Pool, r.Ready)), "{connection}", "Connections to back ends that wait for a client.");
        meter.CreateObservableCounter("bascule.ready_connections.wanted", () => readings.Ready().SelectMany(Wanted), "{connection}",
            "Connections to back ends that were wanted: a hit stood ready, a miss had to be dialed.");
        meter.CreateObservableGauge("bascule.connections_by_generation", () => Generations(readings.Generations()), "{connection}",
            "Open connections that began under the configuration of now, or under an older one.");
        meter.CreateObservableGauge("bascule.cluster.state", () => Cluster(readings.Cluster()), description: "1 for how the gateway stands with the others, 0 for the rest.");
        AddHub(meter, () => readings.Hub() ?? new HubReading([], [], []));
        AddBuild(meter, build);
    }

    /// <summary>Those of a process that is but a shard.</summary>
    internal static void Add(Meter meter, Func<SlotReading> slots, Func<HubReading> hub, BuildVersion build)
    {
        meter.CreateObservableGauge("bascule.slots.in_use", () => Slot(slots(), slots().InUse), "{slot}", "Slots taken on a node.");
        meter.CreateObservableGauge("bascule.slots.limit", () => Slot(slots(), slots().Limit), "{slot}", "Slots that a node has.");
        AddHub(meter, hub);
        AddBuild(meter, build);
    }

    private static void AddBuild(Meter meter, BuildVersion build) => meter.CreateObservableGauge(
        "bascule.build.info", () => new Measurement<long>(1, new("version", build.Version), new("commit", build.Commit)), description: "Always 1; the labels say what runs.");

    private static void AddHub(Meter meter, Func<HubReading> hub)
    {
        meter.CreateObservableGauge("bascule.hub.subscriptions", () => hub().Shards.Select(s => InShard(s.Shard, s.Subscriptions)), "{subscription}", "Topics and patterns that connections of the shard have subscribed.");
        meter.CreateObservableGauge("bascule.hub.topics", () => hub().Shards.Select(s => InShard(s.Shard, s.Topics)), "{topic}", "Topics that the shard knows.");
        meter.CreateObservableGauge("bascule.hub.history", () => hub().Shards.Select(s => InShard(s.Shard, s.HistoryBytes)), "By", "Bytes of messages that the shard remembers.");
        meter.CreateObservableCounter("bascule.hub.messages_in", () => hub().Shards.Select(s => InShard(s.Shard, s.MessagesIn)), "{message}", "Messages that came from sources.");
        meter.CreateObservableCounter("bascule.hub.deliveries", () => hub().Shards.Select(s => InShard(s.Shard, s.MessagesOut)), "{message}", "Messages that were sent to clients: one for each client.");
        meter.CreateObservableCounter("bascule.hub.delivered", () => hub().Shards.Select(s => InShard(s.Shard, s.BytesOut)), "By", "Bytes that were sent to clients.");
        meter.CreateObservableCounter("bascule.resume", () => hub().Resumes.Select(r => new Measurement<long>(r.Count, new("shard", r.Shard), new("result", r.Result))), "{resume}",
            "Clients that came back with a cursor, or read too slowly: whole, or the reason of the gap.");
        meter.CreateObservableGauge("bascule.source.connected", () => hub().Sources.Select(s => new Measurement<long>(s.IsConnected ? 1 : 0, new KeyValuePair<string, object?>("source", s.Source))), description: "1 while the source of topics can be reached.");
        meter.CreateObservableGauge("bascule.kafka.lag", () => hub().Sources.Where(s => s.Lag is not null).Select(s => new Measurement<long>(s.Lag!.Value, new KeyValuePair<string, object?>("source", s.Source))), "{message}", "Messages that the hub of the process asked has yet to read.");
    }

    private static Measurement<long> InShard(string shard, long value) => new(value, new KeyValuePair<string, object?>("shard", shard));

    private static Measurement<long> Slot(SlotReading reading, long value) => new(value, new("pool", reading.Pool), new("node", reading.Node));

    private static IEnumerable<Measurement<long>> Wanted(ReadyReading reading) =>
    [
        new(reading.Hits, new("pool", reading.Pool), new("result", "hit")),
        new(reading.Misses, new("pool", reading.Pool), new("result", "miss")),
    ];

    private static Measurement<long> InPool(string pool, long value) => new(value, new KeyValuePair<string, object?>("pool", pool));

    /// <summary>Every kind is always there, so that a drain which ends goes to 0 and does not vanish.</summary>
    private static IEnumerable<Measurement<long>> Drains(IEnumerable<DrainReading> drains)
    {
        var sums = drains.ToLookup(d => d.Kind, d => d.Remaining);
        return Enum.GetValues<DrainKind>().Select(kind => new Measurement<long>(sums[kind].Sum(), new KeyValuePair<string, object?>("kind", Words.Of(kind))));
    }

    private static IEnumerable<Measurement<long>> States(NodeReading node) => Enum.GetValues<NodeCondition>()
        .Select(c => new Measurement<long>(c == node.Condition ? 1 : 0, new("pool", node.Pool), new("node", node.Node), new("state", Words.Of(c))));

    private static IEnumerable<Measurement<long>> Generations(GenerationReading reading) =>
    [
        new(reading.Current, new KeyValuePair<string, object?>("age", "current")),
        new(reading.Old, new KeyValuePair<string, object?>("age", "old")),
    ];

    private static IEnumerable<Measurement<long>> Cluster(ClusterMode now) => Enum.GetValues<ClusterMode>()
        .Select(c => new Measurement<long>(c == now ? 1 : 0, new KeyValuePair<string, object?>("state", Words.Of(c))));
}
