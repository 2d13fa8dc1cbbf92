using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>The latest refused attempts, below the counts of their reasons.</summary>
internal static class RefusalsView
{
    /// <summary>Reasons that are counted above the list; the view of endings has them all.</summary>
    private const int MostReasons = 6;

    private static readonly Column[] Columns =
    [
        new("AGO") { IsRight = true }, new("REASON", 0, Least: 14), new("ROUTE", 1, Least: 6) { Most = 24 }, new("USER", 5, Least: 6) { Most = 24 }, new("FROM", 2, Least: 10), new("STAGE", 3),
        new("AFTER", 4) { IsRight = true }, new("DETAIL", 6, Least: 12) { Most = 60 }, new("ATTEMPT", 7),
    ];

    internal static TopTable Make(TopKnowledge known)
    {
        // Ages by the gateway's clock: ours may go differently.
        var now = known.Latest?.Status?.Now ?? known.Latest?.At ?? default;
        return new TopTable(Columns, [.. (known.Latest?.Refusals ?? []).Select(a => Row(a, now))]) { Above = [Counts(known)], Empty = "nobody was refused lately" };
    }

    private static ScreenLine Counts(TopKnowledge known)
    {
        var line = new ScreenLine($"{known.Rates.Beginning}: ", Tone.Dim);
        var reasons = (known.Latest?.Status?.Refusals ?? []).Select(r => (r.Reason, Since: known.Rates.Since(s => EndingsView.Of(s.Refusals, r.Reason)), PerSecond: known.Rates.PerSecond(s => EndingsView.Of(s.Refusals, r.Reason))))
            .Where(r => r.Since > 0).OrderByDescending(r => r.Since).ToList();
        foreach (var (reason, since, perSecond) in reasons.Take(MostReasons))
            line.Add(reason, Tone.Accent).Add($" {since} ({Amount.Short(perSecond)}/s)  ");
        return reasons.Count > 0 ? line : line.Add("nobody refused", Tone.Dim);
    }

    private static TopRow Row(AttemptDocument attempt, DateTimeOffset now) => new(
        attempt.Attempt,
        [
            TopCell.Span((now - attempt.At).TotalSeconds), TopCell.Of(attempt.Reason, Tone.Warning), TopCell.Of(attempt.Route), TopCell.Of(attempt.User), TopCell.Of(attempt.ClientAddress),
            TopCell.Of(attempt.Stage), new($"{Amount.Milliseconds(attempt.Seconds * 1000)}ms", attempt.Seconds), new(attempt.Detail ?? "", null, Tone.Dim), new(attempt.Attempt, null, Tone.Dim),
        ])
    {
        Attempt = attempt.Attempt,
        Note = attempt.Detail,
    };
}
