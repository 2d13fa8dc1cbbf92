using Bascule.Sessions;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Makes the documents of the API from records.</summary>
internal static class SessionViews
{
    /// <summary>For its user: addresses begin as he himself wrote this one (case A5).</summary>
    internal static SessionDocument Of(SessionRecord record, SessionSettings settings, Passage passage)
    {
        var id = record.Id.ToString();
        return Of(record, settings) with { Url = WebSocket(passage) + SessionPath.Fill(settings.Path, id), Page = PageOf(passage, id) };
    }

    /// <summary>For operators, who come by another listener.</summary>
    internal static SessionDocument ForOperators(SessionRecord record, OpenSessions open) =>
        Of(record, open.Settings) with { Host = record.Place?.Host, Runner = record.Place?.Runner, Viewers = open.Desk.ViewersOf(record.Id) };

    internal static SessionLinkDocument Of(SessionRecord record, SessionSettings settings, SessionLink link, string text, Passage passage)
    {
        var id = record.Id.ToString();
        var query = $"{SessionLinks.Parameter}={text}";
        return new SessionLinkDocument($"{PageOf(passage, id)}&{query}", $"{WebSocket(passage)}{SessionPath.Fill(settings.Path, id)}?{query}", link.Role, link.Expires);
    }

    internal static SessionResultDocument Of(SessionRecord record, SessionResult? result) => new(
        record.Id.ToString(),
        EndOf(record.End!),
        Math.Round((record.End!.At - StartOf(record)).TotalSeconds, 3),
        result is null ? null : Convert.ToBase64String(result.Output.Span),
        result is null ? null : Convert.ToBase64String(result.Errors.Span),
        result?.IsTruncated ?? false);

    /// <summary>Of a very short command the end is told first: then it is counted from its creation.</summary>
    private static DateTimeOffset StartOf(SessionRecord record) => record.StartedAt is { } at && at <= record.End!.At ? at : record.CreatedAt <= record.End!.At ? record.CreatedAt : record.End.At;

    internal static string StateOf(SessionState state) => state switch { SessionState.Starting => "starting", SessionState.Running => "running", _ => "ended" };

    private static SessionDocument Of(SessionRecord record, SessionSettings settings)
    {
        var id = record.Id.ToString();
        return new SessionDocument(
            id, StateOf(record.State), record.Name, record.Profile, record.Command, record.Tty, record.Owner, record.Tenant, Url: null, SessionPath.Fill(settings.Path, id),
            SessionPath.InternalUrl(settings, id), Page: null, record is { State: SessionState.Starting, Progress.Length: > 0 } ? record.Progress : null,
            record.CreatedAt, record.StartedAt, record.ExpiresAt, record.End is { } end ? EndOf(end) : null, Host: null);
    }

    private static SessionEndDocument EndOf(SessionEnd end) => new(end.Ending, end.Text, SessionEndings.Of(end.Ending).Advice, end.At, end.ExitCode, end.Signal) { RecordingDigest = end.RecordingDigest };

    private static string WebSocket(Passage passage) => $"{(passage.Source!.Scheme == "https" ? "wss" : "ws")}://{passage.Source.Host}";

    private static string PageOf(Passage passage, string id) => $"{passage.Source!.Scheme}://{passage.Source.Host}{SessionPath.Terminal}?{SessionPath.Parameter}={id}";
}
