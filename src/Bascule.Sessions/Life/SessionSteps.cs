namespace Bascule.Sessions;

/// <summary>What was heard of a session and is not written down yet.</summary>
/// <param name="Planned">Where it will run.</param>
/// <param name="Place">Where it runs.</param>
internal sealed record SessionStep(SessionId Id, string? Progress = null, SessionPlace? Planned = null, SessionPlace? Place = null, SessionEnd? End = null)
{
    // Two who take the seat from each other as fast as they can: the oldest go, and leave a gap in the fences that are told.
    private const int MostWriters = 100;

    /// <summary>Changes of the writer, each once, in their order.</summary>
    internal IReadOnlyList<WriterChange> Writers { get; init; } = [];

    internal long Fence => Writers is [.., var last] ? last.Fence : 0;

    internal static SessionStep Of(RunnerNews news) => new(news.Id, news.Progress, null, news.Place, news.End) { Writers = news.Writer is { } writer ? [writer] : [] };

    internal static SessionStep Of(SessionId id, StartAnswer answer) =>
        answer.Failure is { } failure ? new(id, End: failure) : answer.IsRunning ? new(id, Place: answer.Place) : new(id, Planned: answer.Place);

    /// <summary>Both in one: the later progress, and the first word on place and end.</summary>
    internal SessionStep With(SessionStep later) => new(Id, later.Progress ?? Progress, Planned ?? later.Planned, Place ?? later.Place, End ?? later.End)
    {
        Writers = [.. Writers.Concat(later.Writers).DistinctBy(writer => writer.Fence).OrderBy(writer => writer.Fence).TakeLast(MostWriters)],
    };
}

/// <summary>How a record goes on. Forward only: what is older than the record changes nothing.</summary>
internal static class SessionSteps
{
    // Of what Kubernetes has to say; a record stays small.
    private const int MaxTextLength = 1000;

    /// <returns>The next record, or null when nothing changes.</returns>
    internal static SessionRecord? Next(SessionRecord record, SessionStep step, DateTimeOffset now)
    {
        var next = NextState(record, step, now);
        return step.Fence > record.Fence ? (next ?? record) with { Fence = step.Fence } : next;
    }

    private static SessionRecord? NextState(SessionRecord record, SessionStep step, DateTimeOffset now) => record.State switch
    {
        SessionState.Ended => null,
        _ when step.End is { } end => Ended(record with { Place = record.Place ?? step.Place ?? step.Planned, StartedAt = StartedBefore(record, step, end) }, end),
        SessionState.Starting when step.Place is { } place => record with { State = SessionState.Running, Place = place, StartedAt = now, Progress = "" },
        SessionState.Starting => Starting(record, step),
        _ => null,
    };

    internal static SessionRecord Ended(SessionRecord record, SessionEnd end) =>
        record with { State = SessionState.Ended, Progress = "", End = end with { Text = Cut(end.Text) } };

    // One that was over before its start was heard of has run all the same, and none started after its end.
    private static DateTimeOffset? StartedBefore(SessionRecord record, SessionStep step, SessionEnd end) =>
        (record.StartedAt ?? (step.Place is null ? null : end.At)) is not { } start ? null : start <= end.At ? start : end.At < record.CreatedAt ? record.CreatedAt : end.At;

    private static SessionRecord? Starting(SessionRecord record, SessionStep step)
    {
        var next = record with { Progress = step.Progress is { } progress ? Cut(progress) : record.Progress, Place = record.Place ?? step.Planned };
        return next == record ? null : next;
    }

    private static string Cut(string text) => text.Length <= MaxTextLength ? text : string.Concat(text.AsSpan(0, MaxTextLength - 1), "…");
}
