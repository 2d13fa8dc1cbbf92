using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>What the metrics tell of the hub.</summary>
internal static class HubReadings
{
    private const string Whole = "whole";

    /// <summary>Null where no route leads to topics.</summary>
    internal static HubReading? Reading(this HubRoom hub)
    {
        if (!hub.IsOpen)
            return null;
        var figures = hub.Topics.Figures;
        var sources = figures.Sources.Select(s => new SourceReading(s.Name, s.IsConnected, s.Lag)).ToList();
        if (hub.Shards.Count == 0)
        {
            var counts = hub.Serving.Counts;
            var own = new ShardReading(
                HubPool.OwnName, figures.Subscriptions, figures.Topics, figures.MessagesIn, counts.MessagesOut, counts.BytesOut, figures.HistoryBytes, hub.Serving.Fanout);
            return new HubReading([own], sources, [.. ResumesOf(HubPool.OwnName, figures)]);
        }

        List<ShardReading> shards = [];
        List<ResumeReading> resumes = [];
        foreach (var (_, client) in hub.Shards)
        {
            if (client.Status is not { } said)
                continue;
            shards.Add(said.ShardReading(client.Node.Name));
            resumes.AddRange(said.ResumeReadings(client.Node.Name));
        }

        return new HubReading(shards, sources, resumes);
    }

    /// <summary>What a shard tells of itself, when it is asked instead of the gateway.</summary>
    internal static HubReading Reading(this ShardStatus status, string shard) => new(
        [status.ShardReading(shard)], [.. status.Sources.Select(s => new SourceReading(s.Name, s.IsConnected, s.Lag))], [.. status.ResumeReadings(shard)]);

    /// <summary>By result, for a shard's own status.</summary>
    internal static Dictionary<string, long> ResumesOf(HubFigures figures) => ResumesOf("", figures).ToDictionary(r => r.Result, r => r.Count, StringComparer.Ordinal);

    private static IEnumerable<ResumeReading> ResumesOf(string shard, HubFigures figures) =>
        figures.Gaps.Select(gap => new ResumeReading(shard, GapReasons.NameOf(gap.Key), gap.Value)).Prepend(new ResumeReading(shard, Whole, figures.Whole));

    private static ShardReading ShardReading(this ShardStatus said, string shard) =>
        new(shard, said.Subscriptions, said.Topics, said.MessagesIn, said.MessagesOut, said.BytesOut, said.HistoryBytes, said.Fanout);

    private static IEnumerable<ResumeReading> ResumeReadings(this ShardStatus said, string shard) => said.Resumes.Select(r => new ResumeReading(shard, r.Key, r.Value));
}
