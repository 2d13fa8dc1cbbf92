using Bascule.Hub;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The hub: its shards, or this process alone, and the sources of its messages.</summary>
/// <param name="Mode"><c>single</c> or <c>multi</c>.</param>
/// <param name="Imbalance">Connections of the fullest shard less those of the emptiest, among those that take connections.</param>
public sealed record ShardsDocument(string Mode, int Connections, int Slots, int Waiting, int Imbalance, IReadOnlyList<ShardDocument> Shards, IReadOnlyList<TopicSourceDocument> Sources);

/// <param name="State">As a node of a pool: <c>up</c>, <c>failing</c> or <c>draining</c>.</param>
/// <param name="Process">Its process id; null while it has none.</param>
/// <param name="Starts">Processes so far.</param>
/// <param name="Utilization">Of its slots, 0 to 100.</param>
/// <param name="Figures">What it said last; null while it cannot be reached.</param>
public sealed record ShardDocument(
    string Name, string State, string? Why, int? Process, int? Starts, int Connections, int Slots, int Available, double Utilization, ShardFigures? Figures);

/// <param name="At">When the shard said it, by its own clock: rates are differences over differences of this.</param>
/// <param name="CpuPercentage">Of all cores, 0 to 100; null in mode <c>single</c>, where the process is the gateway.</param>
/// <param name="Gaps">Resumes and overruns that ended in a gap.</param>
/// <param name="Resumes">Clients that came back or were too slow, by result: <c>whole</c>, or the reason of the gap.</param>
/// <param name="Sources">As this shard reads them.</param>
public sealed record ShardFigures(
    DateTimeOffset At, double? CpuPercentage, long MemoryBytes, long Subscriptions, long Topics, long MessagesIn, long MessagesOut, long BytesOut, long HistoryBytes, long Gaps,
    IReadOnlyDictionary<string, long> Resumes, IReadOnlyList<TopicSourceDocument> Sources);

/// <param name="Lag">Messages that it has yet to give; null when it cannot say.</param>
/// <param name="Trouble">Why it cannot be reached.</param>
public sealed record TopicSourceDocument(string Name, bool Connected, bool CaughtUp, long? Lag, DateTimeOffset Since, string? Trouble);

/// <summary>GET /api/shards.</summary>
internal sealed class ShardsApi(HubRoom hub, Backends.PoolTable pools, TimeProvider time)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/shards", AdminRole.Read, "The hub: its shards, their connections and figures, and the sources of its messages.",
            call => call.AnswerAsync(Make(), ReadableJson.Admin.ShardsDocument)) { Answer = typeof(ShardsDocument) },
    ];

    private ShardsDocument Make()
    {
        var mode = hub.Settings.Mode == HubMode.Single ? "single" : "multi";
        var sources = OwnSources(hub.Topics.Figures);
        if (pools.Find(HubPool.Name) is not { } pool)
            return new ShardsDocument(mode, 0, 0, 0, 0, [], sources);
        var usable = pool.Nodes.Where(n => n.IsUsable).Select(n => n.SlotsInUse).ToList();
        return new ShardsDocument(
            mode, pool.SlotsInUse, pool.SlotLimit, pool.Waiting, usable.Count == 0 ? 0 : usable.Max() - usable.Min(), [.. pool.Nodes.Select(Document)], sources);
    }

    private ShardDocument Document(Backends.Node node)
    {
        var (process, client) = hub.Shards.FirstOrDefault(shard => shard.Client.Node == node);
        return new ShardDocument(
            node.Name, Words.Of(node.State.Condition), node.State.Why, process?.ProcessId, process?.Starts, node.SlotsInUse, node.SlotLimit,
            Math.Max(0, node.SlotLimit - node.SlotsInUse), Math.Round(100.0 * node.SlotsInUse / Math.Max(1, node.SlotLimit), 2),
            client is not null ? FiguresOf(client.Status) : hub.IsOwn(node) ? OwnFigures() : null);
    }

    private static ShardFigures? FiguresOf(ShardStatus? status) => status is null ? null : new ShardFigures(
        status.At, status.CpuPercentage, status.MemoryBytes, status.Subscriptions, status.Topics, status.MessagesIn, status.MessagesOut, status.BytesOut, status.HistoryBytes, status.Gaps,
        status.Resumes, [.. status.Sources.Select(s => new TopicSourceDocument(s.Name, s.IsConnected, s.IsCaughtUp, s.Lag, s.Since, s.Trouble))]);

    private static List<TopicSourceDocument> OwnSources(HubFigures figures) =>
        [.. figures.Sources.Select(s => new TopicSourceDocument(s.Name, s.IsConnected, s.IsCaughtUp, s.Lag, s.Since, s.Trouble))];

    /// <summary>In mode <c>single</c> processor and memory are the gateway's, and stand in <c>/api/status</c>.</summary>
    private ShardFigures OwnFigures()
    {
        var (figures, counts) = (hub.Topics.Figures, hub.Serving.Counts);
        return new ShardFigures(
            time.GetUtcNow(), null, Environment.WorkingSet, figures.Subscriptions, figures.Topics, figures.MessagesIn, counts.MessagesOut, counts.BytesOut, figures.HistoryBytes,
            figures.Gaps.Values.Sum(), HubReadings.ResumesOf(figures), OwnSources(figures));
    }
}
