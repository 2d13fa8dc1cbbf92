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
        meter.CreateObservableGauge("bascule.build.info", () => new Measurement<long>(1, new("version", build.Version), new("commit", build.Commit)),
            description: "Always 1; the labels say what runs.");
    }

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
