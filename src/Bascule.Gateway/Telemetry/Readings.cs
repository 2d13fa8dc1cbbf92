using System.Reflection;
using Bascule.Backends;
using Bascule.Cluster;
using Bascule.Hub;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>Values that are asked for when somebody scrapes. Called from any thread; must not block.</summary>
/// <param name="Drains">What each drain under way still waits for; several of one kind are added up.</param>
public sealed record GatewayReadings(Func<IEnumerable<SlotReading>> Slots, Func<IEnumerable<QueueReading>> Queues, Func<IEnumerable<DrainReading>> Drains)
{
    public Func<IEnumerable<NodeReading>> Nodes { get; init; } = static () => [];

    public Func<IEnumerable<ReadyReading>> Ready { get; init; } = static () => [];

    public Func<GenerationReading> Generations { get; init; } = static () => default;

    public Func<ClusterMode> Cluster { get; init; } = static () => ClusterMode.Alone;

    public Func<HubReading?> Hub { get; init; } = static () => null;

    public Func<IEnumerable<SessionReading>> Sessions { get; init; } = static () => [];
}

/// <param name="Node">As the configuration names it.</param>
public readonly record struct SlotReading(string Pool, string Node, long InUse, long Limit);

/// <param name="Depth">Attempts that wait now.</param>
public readonly record struct QueueReading(string Pool, long Depth);

/// <param name="Remaining">Connections and requests that it still waits for.</param>
public readonly record struct DrainReading(DrainKind Kind, long Remaining);

/// <summary>What is being emptied.</summary>
public enum DrainKind
{
    /// <summary>The gateway stops, or an operator empties it.</summary>
    Gateway,
    Pool,
    Node,
    Route,
}

/// <summary>Whether a node gets connections, and which of its guards says so.</summary>
public readonly record struct NodeReading(string Pool, string Node, NodeCondition Condition);

/// <param name="Ready">Connections to back ends that wait for a client.</param>
/// <param name="Hits">So many were wanted, and stood ready.</param>
/// <param name="Misses">So many had to be dialed.</param>
public readonly record struct ReadyReading(string Pool, long Ready, long Hits = 0, long Misses = 0);

/// <summary>Open connections by the configuration that they began under.</summary>
public readonly record struct GenerationReading(long Current, long Old);

/// <summary>The hub and its sources; null where no route leads to topics.</summary>
public sealed record HubReading(IReadOnlyList<ShardReading> Shards, IReadOnlyList<SourceReading> Sources, IReadOnlyList<ResumeReading> Resumes);

/// <param name="Shard">As its node is named.</param>
public readonly record struct ShardReading(
    string Shard, long Subscriptions, long Topics, long MessagesIn, long MessagesOut, long BytesOut, long HistoryBytes, FanoutFigures Fanout);

/// <param name="Lag">Messages that it has yet to give; null when it cannot say.</param>
public readonly record struct SourceReading(string Source, bool IsConnected, long? Lag);

/// <param name="Result"><c>whole</c>, or the reason of the gap.</param>
public readonly record struct ResumeReading(string Shard, string Result, long Count);

/// <summary>Which limit of connections refused somebody.</summary>
public enum LimitedBy
{
    Gateway,
    Route,
    Tier,
    User,
    Address,
}

/// <summary>What became of a ticket, or of the wish for one.</summary>
public enum TicketResult
{
    Issued,

    /// <summary>No more may be outstanding.</summary>
    Refused,
    Used,

    /// <summary>Unknown, used already, or too old.</summary>
    Invalid,

    /// <summary>Meant for another route or page.</summary>
    Misused,
}

/// <summary>What passed in both directions since the last report.</summary>
public readonly record struct TrafficCounts(DirectionCounts ToBackend, DirectionCounts ToClient);

/// <summary>The side that a ping of the gateway went to.</summary>
public enum PingedSide
{
    Client,
    Backend,
}

/// <summary>Which program this is.</summary>
/// <param name="Commit">Of the source; <c>unknown</c> when it was built outside a repository.</param>
public readonly record struct BuildVersion(string Version, string Commit)
{
    /// <summary>Reads <c>0.1.0+commit</c>, which the build writes into each assembly.</summary>
    public static BuildVersion Of(Assembly assembly)
    {
        var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var plus = text.IndexOf('+');
        return plus < 0 ? new BuildVersion(text, "unknown") : new BuildVersion(text[..plus], text[(plus + 1)..]);
    }
}
