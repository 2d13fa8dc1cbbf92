using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>Pools, each before its nodes.</summary>
internal static class PoolsView
{
    private const int BarCells = 8;

    private static readonly Column[] Columns =
    [
        new("NODE", 0, Least: 16), new("STATE"), Number("CONN"), Number("SLOTS"), Number("AVAIL"), Number("UTIL"), new("LOAD", 3), Number("WEIGHT", 6), Number("OTHERS", 7),
        Number("SINCE", 5), new("WHY", 4, Least: 10) { Most = 60 },
    ];

    internal static TopTable Make(TopKnowledge known) => new(Columns, [.. (known.Latest?.Pools ?? []).SelectMany(Rows)]) { Empty = "no pools" };

    /// <summary>A node's key, from which an order reads what it is about.</summary>
    internal static string Key(string pool, string node) => $"{pool}\n{node}";

    internal static (string Pool, string Node)? NodeOf(string? key) => key?.Split('\n') is [var pool, { Length: > 0 } node] ? (pool, node) : null;

    private static Column Number(string heading, int priority = 0) => new(heading, priority) { IsRight = true };

    private static IEnumerable<TopRow> Rows(PoolDocument pool) => pool.Nodes.Select(n => Row(pool, n)).Prepend(Head(pool));

    private static TopRow Head(PoolDocument pool)
    {
        var percent = pool.SlotLimit > 0 ? 100.0 * pool.SlotsInUse / pool.SlotLimit : double.NaN;
        var line = new ScreenLine(pool.Name, Tone.Accent)
            .Add($"  {pool.SlotsInUse} of {pool.SlotLimit} slots {Amount.Percent(percent)} ").Add(Bar.Text(percent, BarCells), Load(percent))
            .Add($" imbalance {pool.Imbalance}").Add($"  queue {pool.Waiting} of {pool.QueueLength}", pool.Waiting > 0 ? Tone.Warning : Tone.Plain).Add($"  {pool.Balance}", Tone.Dim);
        return new TopRow(Key(pool.Name, ""), [TopCell.Of(pool.Name)]) { Group = pool.Name, Head = line };
    }

    private static TopRow Row(PoolDocument pool, NodeDocument node)
    {
        var tone = node.State switch { "up" => Tone.Good, "draining" or "trying" => Tone.Warning, _ => Tone.Bad };
        return new TopRow(
            Key(pool.Name, node.Name),
            [
                new(" " + node.Name), new(node.State, null, tone), TopCell.Of((double)node.SlotsInUse), TopCell.Of((double)node.SlotLimit),
                TopCell.Of((double)Math.Max(0, node.SlotLimit - node.SlotsInUse - node.UsedElsewhere)), new(Amount.Percent(node.Utilization), node.Utilization),
                new(Bar.Text(node.Utilization, BarCells), node.Utilization, Load(node.Utilization)), TopCell.Of((double)node.Weight), TopCell.Of((double)node.UsedElsewhere),
                new(node.Since.UtcDateTime.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture), node.Since.ToUnixTimeSeconds()), new(node.Why ?? "", null, Tone.Dim),
            ])
        {
            Group = pool.Name,
            Note = node.Why is { } why ? $"{node.Name} is {node.State} since {node.Since.UtcDateTime:HH:mm:ss} UTC: {why}" : null,
        };
    }

    /// <summary>From four fifths on an operator should look, from 95 % on new clients may have to wait.</summary>
    internal static Tone Load(double? percent) => percent switch { >= 95 => Tone.Bad, >= 80 => Tone.Warning, _ => Tone.Good };
}
