using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>The shards of a gateway's hub, or those that a plain health document names.</summary>
internal static class ShardsView
{
    private const int BarCells = 20;

    private static readonly Column[] OfHub =
    [
        new("SHARD", 0, Least: 8), new("STATE"), Number("CONN"), Number("SLOTS"), Number("AVAIL", 6), Number("UTIL"), new("LOAD", 9, Least: 5) { Most = BarCells }, Number("CPU", 1), Number("MEM", 2),
        Number("SUBS", 3), Number("OUT/S", 1), Number("LAG", 2), Number("RESTARTS", 4), Number("PROCESS", 8), new("WHY", 7, Least: 10) { Most = 60 },
    ];

    private static readonly Column[] OfHealth =
        [new("SHARD", 0, Least: 8), Number("CONN"), Number("SLOTS"), Number("AVAIL"), Number("UTIL"), new("LOAD", 1, Least: 5) { Most = BarCells }];

    internal static TopTable Make(TopKnowledge known) =>
        known.Latest?.Health is { } health ? Make(health) : known.Latest?.Shards is { } hub ? Make(hub, known) : new TopTable(OfHub, []) { Empty = "not asked yet" };

    private static TopTable Make(ShardsDocument hub, TopKnowledge known)
    {
        var percent = hub.Slots > 0 ? 100.0 * hub.Connections / hub.Slots : double.NaN;
        var deliveries = hub.Shards.Select(known.DeliveriesPerSecond).Where(double.IsFinite).ToList();
        var above = new ScreenLine($"{Readable.Count(hub.Shards.Count, "shard")}, {hub.Mode}", Tone.Accent).Add($"  {hub.Connections} of {hub.Slots} slots {Amount.Percent(percent)}", PoolsView.Load(percent))
            .Add($"  imbalance {hub.Imbalance}", hub.Imbalance > 1 ? Tone.Warning : Tone.Plain).Add($"  waiting {hub.Waiting}", hub.Waiting > 0 ? Tone.Warning : Tone.Plain)
            .Add($"  out/s {Amount.Short(deliveries.Count == 0 ? null : deliveries.Sum())}");
        return new TopTable(OfHub, [.. hub.Shards.Select(s => Row(s, known))]) { Above = [above], Empty = "no route leads to topics" };
    }

    private static TopTable Make(HealthReading health)
    {
        var above = new ScreenLine(Readable.Count(health.Shards.Count, "shard"), Tone.Accent).Add($"  imbalance {Amount.Whole(health.Imbalance)}", health.Imbalance > 1 ? Tone.Warning : Tone.Plain)
            .Add("  (connections of the fullest less those of the emptiest)", Tone.Dim);
        return new TopTable(OfHealth, [.. health.Shards.Select(Row)]) { Above = [above], Empty = "the health document names no shards" };
    }

    private static Column Number(string heading, int priority = 0) => new(heading, priority) { IsRight = true };

    private static TopRow Row(ShardDocument shard, TopKnowledge known)
    {
        var tone = shard.State switch { "up" => Tone.Good, "draining" or "trying" => Tone.Warning, _ => Tone.Bad };
        var figures = shard.Figures;
        var restarts = shard.Starts is { } starts ? Math.Max(0, starts - 1) : (double?)null;
        return new TopRow(
            shard.Name,
            [
                TopCell.Of(shard.Name, Tone.Accent), new(shard.State, null, tone), TopCell.Of((double)shard.Connections), TopCell.Of((double)shard.Slots), TopCell.Of((double)shard.Available),
                new(Amount.Percent(shard.Utilization), shard.Utilization), new(Bar.Text(shard.Utilization, BarCells), shard.Utilization, PoolsView.Load(shard.Utilization)),
                new(Amount.Percent(figures?.CpuPercentage), figures?.CpuPercentage ?? double.NaN), Short(figures?.MemoryBytes), Short(figures?.Subscriptions),
                TopCell.Rate(known.DeliveriesPerSecond(shard)), Lag(figures), TopCell.Of(restarts, restarts > 0 ? Tone.Warning : Tone.Plain), TopCell.Of((double?)shard.Process),
                new(shard.Why ?? "", null, Tone.Dim),
            ])
        {
            Note = Note(shard),
        };
    }

    private static TopCell Short(double? value) => new(Amount.Short(value), value ?? double.NaN);

    /// <summary>Of the source that is furthest behind.</summary>
    private static TopCell Lag(ShardFigures? figures)
    {
        var lag = figures?.Sources.Max(s => s.Lag);
        var isWhole = figures?.Sources.All(s => s is { Connected: true, CaughtUp: true }) ?? true;
        return new TopCell(Amount.Short(lag), lag ?? double.NaN, isWhole ? Tone.Plain : Tone.Warning);
    }

    private static string? Note(ShardDocument shard)
    {
        var sources = (shard.Figures?.Sources ?? []).Select(s =>
            $"{s.Name}: {(!s.Connected ? $"away{(s.Trouble is null ? "" : $" ({s.Trouble})")}" : s.CaughtUp ? $"lag {Amount.Whole(s.Lag)}" : $"is being read up to now, lag {Amount.Whole(s.Lag)}")}");
        string[] told = [.. shard.Why is { } why ? (string[])[$"{shard.Name} is {shard.State}: {why}"] : [], .. sources];
        return told.Length == 0 ? null : string.Join("  ", told);
    }

    private static TopRow Row(ShardReading shard, int place) => new(
        $"{place} {shard.Id}",
        [
            TopCell.Of(shard.Id), TopCell.Of(shard.Connections), TopCell.Of(shard.Slots), TopCell.Of(shard.Available), new(Amount.Percent(shard.Utilization), shard.Utilization ?? double.NaN),
            new(shard.Utilization is { } percent ? Bar.Text(percent, BarCells) : "", shard.Utilization ?? double.NaN, PoolsView.Load(shard.Utilization)),
        ]);
}
