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
    internal static SessionDocument ForOperators(SessionRecord record, SessionSettings settings) => Of(record, settings) with { Host = record.Place?.Host };

    internal static SessionLinkDocument Of(SessionRecord record, SessionSettings settings, SessionLink link, string text, Passage passage)
    {
        var id = record.Id.ToString();
        var query = $"{SessionLinks.Parameter}={text}";
        return new SessionLinkDocument($"{PageOf(passage, id)}&{query}", $"{WebSocket(passage)}{SessionPath.Fill(settings.Path, id)}?{query}", link.Role, link.Expires);
    }

    internal static SessionResultDocument Of(SessionRecord record, SessionResult? result) => new(
        record.Id.ToString(),
        EndOf(record.End!),
        Math.Round(Math.Max(0, (record.End!.At - (record.StartedAt ?? record.CreatedAt)).TotalSeconds), 3),
        result is null ? null : Convert.ToBase64String(result.Output.Span),
        result is null ? null : Convert.ToBase64String(result.Errors.Span),
        result?.IsTruncated ?? false);

    internal static string StateOf(SessionState state) => state switch { SessionState.Starting => "starting", SessionState.Running => "running", _ => "ended" };

    private static SessionDocument Of(SessionRecord record, SessionSettings settings)
    {
        var id = record.Id.ToString();
        return new SessionDocument(
            id, StateOf(record.State), record.Name, record.Profile, record.Command, record.Tty, record.Owner, record.Tenant, Url: null, SessionPath.Fill(settings.Path, id),
            SessionPath.InternalUrl(settings, id), Page: null, record is { State: SessionState.Starting, Progress.Length: > 0 } ? record.Progress : null,
            record.CreatedAt, record.StartedAt, record.ExpiresAt, record.End is { } end ? EndOf(end) : null, Host: null);
    }

    private static SessionEndDocument EndOf(SessionEnd end) => new(end.Ending, end.Text, SessionEndings.Of(end.Ending).Advice, end.At, end.ExitCode, end.Signal);

    private static string WebSocket(Passage passage) => $"{(passage.Source!.Scheme == "https" ? "wss" : "ws")}://{passage.Source.Host}";

    private static string PageOf(Passage passage, string id) => $"{passage.Source!.Scheme}://{passage.Source.Host}{SessionPath.Terminal}?{SessionPath.Parameter}={id}";
}
