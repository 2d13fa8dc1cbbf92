using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What users do with their sessions on the public listener: <c>/api/sessions</c> and all below it.</summary>
public sealed class SessionApi
{
    internal const string Path = "/api/sessions";

    private const int MostListed = 1000;
    private const int LongestLinkMinutes = 24 * 60;

    private readonly LiveConfiguration _configuration;
    private readonly UserCalls _calls;
    private readonly SessionsRoom _room;
    private readonly HttpClosing _closing;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<SessionRoute> _routes;
    private readonly Lazy<string> _document;

    public SessionApi(LiveConfiguration configuration, UserCalls calls, SessionsRoom room, HttpClosing closing, TimeProvider time)
    {
        (_configuration, _calls, _room, _closing, _time) = (configuration, calls, room, closing, time);
        _routes = Routes();
        _document = new Lazy<string>(() => SessionOpenApi.Make(_routes));
    }

    /// <summary>Answers when the path is one of ours, there is a section for sessions, and no configured route names exactly the same path.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        var isOurs = head.Path == Path || head.Path.StartsWith($"{Path}/", StringComparison.Ordinal);
        if (!isOurs || _configuration.Current.Settings.Sessions is null || _configuration.Current.Routes.HasExact(head))
            return false;
        var parts = head.Path.Split('/')[3..];
        var fitting = parts is [SessionOpenApi.Name] ? [] : _routes.Where(r => r.Fits(parts)).ToList();
        var methods = fitting.Count == 0 ? "GET" : string.Join(", ", fitting.Select(r => r.Method));
        if (_calls.Begin(context, head, methods, "Authorization, Content-Type") is not { } call)
            return true;
        var passage = call.Passage;
        try
        {
            if ((call.Refusal ?? await AnswerAsync(context, passage, parts, fitting.Find(r => r.Method == head.Method))) is { } ending)
                await _closing.RefuseAsync(passage, context, ending);
        }
        catch (SessionStoreException e)
        {
            passage.Attempt.Note("session store", e.Message, NoteReader.Operators);
            await _closing.RefuseAsync(passage, context, new Ending(EndReasons.SessionStoreUnavailable));
        }

        return true;
    }

    internal static bool TryState(string? text, out SessionState? state)
    {
        state = text switch { "starting" => SessionState.Starting, "running" => SessionState.Running, "ended" => SessionState.Ended, _ => null };
        return state is not null || string.IsNullOrEmpty(text);
    }

    private IReadOnlyList<SessionRoute> Routes()
    {
        var json = ReadableJson.Admin;
        EndReason[] ofOne = [EndReasons.SessionNotFound, EndReasons.SessionForbidden];
        return
        [
            new("GET", "", "The caller's sessions, the newest first, and the profiles that he may start.", ListAsync)
            {
                Query = [("state", "Only these: starting, running or ended.")],
                Answers = [new(StatusCodes.Status200OK, "At most 1000.", json.SessionsDocument)],
                Refusals = [EndReasons.QueryUnknownValue],
            },
            new("POST", "", "Creates a session, which starts in the background.", CreateAsync)
            {
                Body = SessionOrderJson.Default.SessionOrderDocument,
                Answers = [new(StatusCodes.Status201Created, "It is written down, and starts.", json.SessionDocument)],
                Refusals = [EndReasons.SessionOrderInvalid, .. SessionRefusals.Reasons],
            },
            new("GET", "/{session}", "One session.", call => AnswerAsync(call, StatusCodes.Status200OK, DocumentOf(call), json.SessionDocument))
            {
                Answers = [new(StatusCodes.Status200OK, "As it is now.", json.SessionDocument)],
                Refusals = ofOne,
            },
            new("DELETE", "/{session}", "Ends a session with all its processes.", DeleteAsync)
            {
                Answers = [new(StatusCodes.Status200OK, "It is over, now or before.", json.SessionDocument)],
                Refusals = ofOne,
            },
            new("GET", "/{session}/result", "What a command left.", call => SessionFiles.ResultAsync(call.Context, call.Open, call.Record, DocumentOf(call)))
            {
                Query = [("channel", "1 or 2: the bytes of stdout or stderr alone.")],
                Answers =
                [
                    new(StatusCodes.Status200OK, "It is over.", json.SessionResultDocument),
                    new(StatusCodes.Status200OK, "With `channel`: the bytes.", ContentType: "application/octet-stream"),
                    new(StatusCodes.Status202Accepted, "It is not over; ask again after `Retry-After`.", json.SessionDocument),
                ],
                Refusals = [.. ofOne, EndReasons.QueryUnknownValue],
            },
            new("GET", "/{session}/recording", "Its recording, when its profile records.", call => SessionFiles.RecordingAsync(call.Context, _room, call.Record))
            {
                Answers = [new(StatusCodes.Status200OK, "asciicast v3.", ContentType: SessionFiles.RecordingType)],
                Refusals = [.. ofOne, EndReasons.RecordingNotFound],
            },
            new("POST", "/{session}/links", "Makes an address by which others look, without a token, until it expires or the session is over.", LinkAsync)
            {
                Body = SessionOrderJson.Default.SessionLinkOrder,
                Answers = [new(StatusCodes.Status201Created, "The addresses.", json.SessionLinkDocument)],
                Refusals = [.. ofOne, EndReasons.SessionOrderInvalid, EndReasons.SessionOver],
            },
        ];
    }

    private async Task<Ending?> AnswerAsync(HttpContext context, Passage passage, string[] parts, SessionRoute? route)
    {
        if (parts is [SessionOpenApi.Name])
        {
            await AdminCall.WriteAsync(context, StatusCodes.Status200OK, "application/json; charset=utf-8", Encoding.UTF8.GetBytes(_document.Value));
            return null;
        }

        if (await IdentifyAsync(passage, context.RequestAborted) is { } stranger)
            return stranger;
        if (_room.Open is not { } open)
            return _room.Off;
        var caller = SessionCallers.Of(passage);
        if (parts is [])
            return await route!.HandleAsync(new SessionCall(context, passage, open, caller, Named: null));
        if (await FindAsync(open, parts[0], caller, context.RequestAborted) is not ({ } record, _) found)
            return SessionAccess.NotFound.Refusal;
        if (found.Refusal is { } refusal)
            return refusal;
        return route is null
            ? new Ending(EndReasons.RouteNotFound, $"{Path}/ID has result, recording and links below it, nothing else")
            : await route.HandleAsync(new SessionCall(context, passage, open, caller, record));
    }

    /// <summary>As the policy of the sessions says: where it does not ask, everyone is the same nobody.</summary>
    private async Task<Ending?> IdentifyAsync(Passage passage, CancellationToken cancellation) => passage.Rules.Settings.Sessions!.Auth switch
    {
        AuthPolicy.None => NamelessCallers.Check(passage),
        AuthPolicy.Optional when TokenSource.FindInAuthorization(passage.Head) is null => NamelessCallers.Check(passage),
        _ => await _calls.IdentifyAsync(passage, cancellation),
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

    private static async Task<Ending?> CreateAsync(SessionCall call)
    {
        var (order, fault) = await SessionBody.ReadAsync(call.Context, SessionOrderJson.Default.SessionOrderDocument);
        if (order is null)
            return new Ending(EndReasons.SessionOrderInvalid, fault);
        var (record, refusal) = await call.Open.Desk.CreateAsync(call.Caller, order.ToRequest(), call.Context.RequestAborted);
        if (refusal is not null)
            return SessionRefusals.Of(refusal);
        var document = SessionViews.Of(record!, call.Open.Settings, call.Passage);
        call.Context.Response.Headers.Location = $"{Path}/{document.Id}";
        return await AnswerAsync(call, StatusCodes.Status201Created, document, ReadableJson.Admin.SessionDocument);
    }

    private static async Task<Ending?> ListAsync(SessionCall call)
    {
        if (!TryState(QueryText.Value(call.Passage.Head.Query, "state"), out var state))
            return new Ending(EndReasons.QueryUnknownValue, "`state` is none of starting, running, ended");
        var records = await call.Open.Desk.ListAsync(SessionPolicy.Visible(call.Caller, state), MostListed, call.Context.RequestAborted);
        var document = new SessionsDocument([.. records.Select(record => SessionViews.Of(record, call.Open.Settings, call.Passage))])
        {
            Profiles = [.. SessionPolicy.Offered(call.Open.Rules, call.Caller).Select(p => new SessionProfileDocument(p.Name, p.Command, p.Tty, p.Allow))],
        };
        return await AnswerAsync(call, StatusCodes.Status200OK, document, ReadableJson.Admin.SessionsDocument);
    }

    private static async Task<Ending?> DeleteAsync(SessionCall call)
    {
        if (await call.Open.Desk.DeleteAsync(call.Record.Id, call.Caller, call.Context.RequestAborted) is not { } over)
            return SessionAccess.NotFound.Refusal;
        return await AnswerAsync(call, StatusCodes.Status200OK, SessionViews.Of(over, call.Open.Settings, call.Passage), ReadableJson.Admin.SessionDocument);
    }

    private async Task<Ending?> LinkAsync(SessionCall call)
    {
        var (open, record) = (call.Open, call.Record);
        var (order, fault) = await SessionBody.ReadAsync(call.Context, SessionOrderJson.Default.SessionLinkOrder);
        if (order is null)
            return new Ending(EndReasons.SessionOrderInvalid, fault);
        if (order.Role != TerminalTerms.Read)
            return new Ending(EndReasons.SessionForbidden, "a link lets others look (`read`); who is to write needs a token of his own");
        if (order.Minutes is < 1 or > LongestLinkMinutes)
            return new Ending(EndReasons.SessionOrderInvalid, $"`minutes` is not from 1 to {LongestLinkMinutes}");
        if (record.State == SessionState.Ended)
            return SessionEndingsOf.Over(record);
        var link = new SessionLink(order.Role, _time.GetUtcNow() + TimeSpan.FromMinutes(order.Minutes));
        open.Audit.Linked(record, call.Caller, link);
        var document = SessionViews.Of(record, open.Settings, link, open.Links.Make(record.Id.ToString(), link), call.Passage);
        return await AnswerAsync(call, StatusCodes.Status201Created, document, ReadableJson.Admin.SessionLinkDocument);
    }

    private static SessionDocument DocumentOf(SessionCall call) => SessionViews.Of(call.Record, call.Open.Settings, call.Passage);

    private static async Task<Ending?> AnswerAsync<T>(SessionCall call, int status, T document, JsonTypeInfo<T> type)
    {
        call.Context.Response.Headers.CacheControl = "no-store";
        await AdminCall.WriteAsync(call.Context, status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, type));
        return null;
    }
}
