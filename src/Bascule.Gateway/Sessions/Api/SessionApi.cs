using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What users do with their sessions on the public listener: <c>/api/sessions</c> and all below it.</summary>
public sealed class SessionApi(LiveConfiguration configuration, UserCalls calls, SessionsRoom room, HttpClosing closing, TimeProvider time)
{
    internal const string Path = "/api/sessions";

    private const int MostListed = 1000;
    private const int LongestLinkMinutes = 24 * 60;

    /// <summary>Answers when the path is one of ours, there is a section for sessions, and no configured route names exactly the same path.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        var isOurs = head.Path == Path || head.Path.StartsWith($"{Path}/", StringComparison.Ordinal);
        if (!isOurs || configuration.Current.Settings.Sessions is null || configuration.Current.Routes.HasExact(head))
            return false;
        var parts = head.Path.Split('/')[3..];
        var methods = parts switch { [] => "GET, POST", [_] => "GET, DELETE", [_, "links"] => "POST", _ => "GET" };
        if (calls.Begin(context, head, methods, "Authorization, Content-Type") is not { } call)
            return true;
        var passage = call.Passage;
        try
        {
            if ((call.Refusal ?? await AnswerAsync(context, passage, parts)) is { } ending)
                await closing.RefuseAsync(passage, context, ending);
        }
        catch (SessionStoreException e)
        {
            passage.Attempt.Note("session store", e.Message, NoteReader.Operators);
            await closing.RefuseAsync(passage, context, new Ending(EndReasons.SessionStoreUnavailable));
        }

        return true;
    }

    private async Task<Ending?> AnswerAsync(HttpContext context, Passage passage, string[] parts)
    {
        if (await IdentifyAsync(passage, context.RequestAborted) is { } stranger)
            return stranger;
        if (room.Open is not { } open)
            return room.Off;
        var caller = SessionCallers.Of(passage);
        if (parts is [])
            return HttpMethods.IsPost(passage.Head.Method) ? await CreateAsync(context, passage, open, caller) : await ListAsync(context, passage, open, caller);
        if (await FindAsync(open, parts[0], caller, context.RequestAborted) is not ({ } record, _) found)
            return SessionAccess.NotFound.Refusal;
        if (found.Refusal is { } refusal)
            return refusal;
        return (parts, passage.Head.Method) switch
        {
            ([_], "DELETE") => await DeleteAsync(context, passage, open, record, caller),
            ([_], _) => await AnswerAsync(context, StatusCodes.Status200OK, SessionViews.Of(record, open.Settings, passage), ReadableJson.Admin.SessionDocument),
            ([_, "result"], _) => await SessionFiles.ResultAsync(context, open, record, SessionViews.Of(record, open.Settings, passage)),
            ([_, "recording"], _) => await SessionFiles.RecordingAsync(context, room, record),
            ([_, "links"], _) => await LinkAsync(context, passage, open, record, caller),
            _ => new Ending(EndReasons.RouteNotFound, $"{Path}/ID has result, recording and links below it, nothing else"),
        };
    }

    /// <summary>As the policy of the sessions says: where it does not ask, everyone is the same nobody.</summary>
    private async Task<Ending?> IdentifyAsync(Passage passage, CancellationToken cancellation) => passage.Rules.Settings.Sessions!.Auth switch
    {
        AuthPolicy.None => null,
        AuthPolicy.Optional when TokenSource.FindInAuthorization(passage.Head) is null => null,
        _ => await calls.IdentifyAsync(passage, cancellation),
    };

    private static async Task<(SessionRecord Record, Ending? Refusal)?> FindAsync(OpenSessions open, string text, SessionCaller caller, CancellationToken cancellation)
    {
        if (!SessionId.TryParse(text, out var id) || await open.Desk.FindAsync(id, cancellation) is not { } record)
            return null;
        var refusal = open.Access.Refusal(record, caller);
        if (refusal is { } denied)
            open.Audit.Denied(record, caller, denied);
        return (record, refusal);
    }

    private static async Task<Ending?> CreateAsync(HttpContext context, Passage passage, OpenSessions open, SessionCaller caller)
    {
        var (order, fault) = await SessionBody.ReadAsync(context, SessionOrderJson.Default.SessionOrderDocument);
        if (order is null)
            return new Ending(EndReasons.SessionOrderInvalid, fault);
        var (record, refusal) = await open.Desk.CreateAsync(caller, order.ToRequest(), context.RequestAborted);
        if (refusal is not null)
            return SessionRefusals.Of(refusal);
        var document = SessionViews.Of(record!, open.Settings, passage);
        context.Response.Headers.Location = $"{Path}/{document.Id}";
        return await AnswerAsync(context, StatusCodes.Status201Created, document, ReadableJson.Admin.SessionDocument);
    }

    private static async Task<Ending?> ListAsync(HttpContext context, Passage passage, OpenSessions open, SessionCaller caller)
    {
        if (!TryState(QueryText.Value(passage.Head.Query, "state"), out var state))
            return new Ending(EndReasons.QueryUnknownValue, "`state` is none of starting, running, ended");
        var records = await open.Desk.ListAsync(SessionPolicy.Visible(caller, state), MostListed, context.RequestAborted);
        var document = new SessionsDocument([.. records.Select(record => SessionViews.Of(record, open.Settings, passage))])
        {
            Profiles = [.. SessionPolicy.Offered(open.Rules, caller).Select(p => new SessionProfileDocument(p.Name, p.Command, p.Tty, p.Allow))],
        };
        return await AnswerAsync(context, StatusCodes.Status200OK, document, ReadableJson.Admin.SessionsDocument);
    }

    internal static bool TryState(string? text, out SessionState? state)
    {
        state = text switch { "starting" => SessionState.Starting, "running" => SessionState.Running, "ended" => SessionState.Ended, _ => null };
        return state is not null || string.IsNullOrEmpty(text);
    }

    private static async Task<Ending?> DeleteAsync(HttpContext context, Passage passage, OpenSessions open, SessionRecord record, SessionCaller caller)
    {
        if (await open.Desk.DeleteAsync(record.Id, caller, context.RequestAborted) is not { } over)
            return SessionAccess.NotFound.Refusal;
        return await AnswerAsync(context, StatusCodes.Status200OK, SessionViews.Of(over, open.Settings, passage), ReadableJson.Admin.SessionDocument);
    }

    private async Task<Ending?> LinkAsync(HttpContext context, Passage passage, OpenSessions open, SessionRecord record, SessionCaller caller)
    {
        var (order, fault) = await SessionBody.ReadAsync(context, SessionOrderJson.Default.SessionLinkOrder);
        if (order is null)
            return new Ending(EndReasons.SessionOrderInvalid, fault);
        if (order.Role != TerminalTerms.Read)
            return new Ending(EndReasons.SessionForbidden, "a link lets others look (`read`); who is to write needs a token of his own");
        if (order.Minutes is < 1 or > LongestLinkMinutes)
            return new Ending(EndReasons.SessionOrderInvalid, $"`minutes` is not from 1 to {LongestLinkMinutes}");
        if (record.State == SessionState.Ended)
            return SessionEndingsOf.Over(record);
        var link = new SessionLink(order.Role, time.GetUtcNow() + TimeSpan.FromMinutes(order.Minutes));
        open.Audit.Linked(record, caller, link);
        var document = SessionViews.Of(record, open.Settings, link, open.Links.Make(record.Id.ToString(), link), passage);
        return await AnswerAsync(context, StatusCodes.Status201Created, document, ReadableJson.Admin.SessionLinkDocument);
    }

    private static async Task<Ending?> AnswerAsync<T>(HttpContext context, int status, T document, JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        await AdminCall.WriteAsync(context, status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, type));
        return null;
    }
}
