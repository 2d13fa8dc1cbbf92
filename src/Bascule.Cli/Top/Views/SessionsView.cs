using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>Sessions of all users, the newest first: those that are over, as long as they are kept, too.</summary>
internal static class SessionsView
{
    private static readonly Column[] Columns =
    [
        new("SESSION", 1, Least: 8), new("USER", 0, Least: 6) { Most = 24 }, new("PROFILE", 2, Least: 6) { Most = 16 }, new("STATE"), new("AGE") { IsRight = true }, new("VIEWERS") { IsRight = true },
        new("RUNNER", 6), new("HOST", 5, Least: 6) { Most = 40 }, new("WHAT", 0, Least: 12) { Most = 60 }, new("COMMAND", 7, Least: 10) { Most = 40 },
    ];

    internal static TopTable Make(TopKnowledge known)
    {
        var reading = known.Latest?.Sessions;
        // Ages by the gateway's clock: ours may go differently.
        var now = known.Latest?.Status?.Now ?? known.Latest?.At ?? default;
        var list = reading?.List ?? [];
        return new TopTable(Columns, [.. list.Select(s => Row(s, now))])
        {
            Above = reading?.List is null ? [] : [Counts(list)],
            Empty = reading is null ? "not asked yet" : reading.Fault ?? "there are no sessions",
        };
    }

    private static ScreenLine Counts(IReadOnlyList<SessionDocument> list)
    {
        var line = new ScreenLine($"{Readable.Count(list.Count, "session")}", Tone.Accent);
        foreach (var state in (string[])["starting", "running", "ended"])
            line.Add($"  {state} {list.Count(s => s.State == state)}", ToneOf(state));
        return line.Add($"  viewers {Amount.Whole(list.Sum(s => s.Viewers ?? 0))}");
    }

    private static TopRow Row(SessionDocument session, DateTimeOffset now) => new(
        session.Id,
        [
            new(session.Id, null, Tone.Accent), TopCell.Of(session.Owner), TopCell.Of(session.Profile), new(session.State, null, ToneOf(session.State)), TopCell.Span((now - session.CreatedAt).TotalSeconds),
            TopCell.Of((double?)session.Viewers), TopCell.Of(session.Runner, Tone.Dim), TopCell.Of(session.Host, Tone.Dim), What(session), new(SessionTexts.Command(session.Command), null, Tone.Dim),
        ])
    {
        Note = Note(session),
    };

    /// <summary>How its start goes, or why it is over.</summary>
    private static TopCell What(SessionDocument session) => session.End is { } end
        ? new(SessionTexts.End(end), null, end is { ExitCode: 0 } ? Tone.Dim : Tone.Warning)
        : new(session.Progress ?? session.Name, null, Tone.Dim);

    private static string Note(SessionDocument session)
    {
        var told = session.End is { } end ? $"{end.Text} {end.Advice}" : session.Progress;
        return $"{session.Id}  {SessionTexts.Command(session.Command)}{(string.IsNullOrEmpty(told) ? "" : $"  {told}")}";
    }

    private static Tone ToneOf(string state) => state switch { "running" => Tone.Good, "starting" => Tone.Warning, _ => Tone.Dim };
}
