using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>How attempts and connections end: by reason, and who caused it.</summary>
internal static class EndingsView
{
    private const int BarCells = 16;

    private static readonly Column[] Columns =
    [
        new("REASON", 0, Least: 16), new("WHAT"), new("BY"), Number("PER SEC"), Number("COUNT"), Number("IN ALL"), new("SHARE", 1),
    ];

    internal static TopTable Make(TopKnowledge known)
    {
        var status = known.Latest?.Status;
        List<TopRow> rows =
        [
            .. (status?.Endings ?? []).Select(r => Row(known, r, "ended", s => s.Endings, s => s.Totals.Ended)),
            .. (status?.Refusals ?? []).Select(r => Row(known, r, "refused", s => s.Refusals, s => s.Totals.Refused)),
        ];
        var above = new ScreenLine($"{Amount.Whole(known.Rates.Since(s => s.Totals.Ended))} connections ended and {Amount.Whole(known.Rates.Since(s => s.Totals.Refused))} attempts were refused {known.Rates.Beginning}", Tone.Dim);
        return new TopTable(Columns, rows) { Above = [above], Empty = "nothing has ended since the gateway started" };
    }

    internal static long Of(IReadOnlyList<ReasonCount> counts, string reason) => counts.FirstOrDefault(c => c.Reason == reason)?.Count ?? 0;

    private static Column Number(string heading) => new(heading) { IsRight = true };

    private static TopRow Row(TopKnowledge known, ReasonCount counted, string what, Func<StatusDocument, IReadOnlyList<ReasonCount>> list, Func<StatusDocument, long> all)
    {
        var since = known.Rates.Since(s => Of(list(s), counted.Reason));
        var perSecond = known.Rates.PerSecond(s => Of(list(s), counted.Reason));
        var share = known.Rates.Since(all) is > 0 and var sum ? 100.0 * since / sum : 0;
        return new TopRow(
            $"{what} {counted.Reason}",
            [
                TopCell.Of(counted.Reason, Tone.Accent), TopCell.Of(what, what == "refused" ? Tone.Warning : Tone.Plain), TopCell.Of(counted.By), TopCell.Rate(perSecond, Tone.Strong),
                TopCell.Of((double)since), TopCell.Of((double)counted.Count), new(Bar.Text(share, BarCells), share, Tone.Accent),
            ]);
    }
}
