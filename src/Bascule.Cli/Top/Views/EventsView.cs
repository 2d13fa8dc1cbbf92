using System.Globalization;

namespace Bascule.Cli;

/// <summary>What happens, the newest first.</summary>
internal static class EventsView
{
    private static readonly Column[] Columns = [new("TIME"), new("EVENT"), new("WHAT", 1, Least: 20), new("ATTEMPT", 2)];

    internal static TopTable Make(TopKnowledge known) => new(Columns, [.. known.Events.Select(Row)]) { Empty = "nothing has happened since this view was opened" };

    private static TopRow Row(TopEvent happened)
    {
        var tone = happened.Name switch { "refused" => Tone.Warning, "node" or "act" or "reload" => Tone.Accent, "missed" or "stream" => Tone.Bad, _ => Tone.Plain };
        return new TopRow(
            $"{happened.At.UtcTicks} {happened.Name} {happened.Attempt} {happened.Text}",
            [
                new(happened.At.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture), happened.At.UtcTicks), TopCell.Of(happened.Name, tone), new(happened.Text),
                new(happened.Attempt ?? "", null, Tone.Dim),
            ])
        {
            Attempt = happened.Attempt,
            Note = happened.Text,
        };
    }
}
