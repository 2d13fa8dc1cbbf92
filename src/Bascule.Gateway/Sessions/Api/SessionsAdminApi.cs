using Bascule.Model;
using Bascule.Sessions;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Sessions of all users, for operators: <c>/api/sessions</c> on the admin listener.</summary>
internal sealed class SessionsAdminApi(SessionsRoom room)
{
    private const int MostListed = 1000;

    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/sessions", AdminRole.Read, "Sessions of all users, the newest first.", ListAsync)
        {
            Query = [("state", "Only these: starting, running or ended."), ("user", "Only those of this user."), ("limit", "How many at most; 100 when missing.")],
            Answer = typeof(SessionsDocument),
        },
        new("POST", "/api/sessions", AdminRole.Act, "Creates a session in the name of the operator. The body is JSON: profile, command or commandText, tty, columns, rows, environment, name.", CreateAsync)
        {
            Query = [("why", "For the audit log.")],
            Answer = typeof(SessionDocument),
        },
        new("GET", "/api/sessions/{session}", AdminRole.Read, "One session.", call => FindAsync(call, SayAsync)) { Answer = typeof(SessionDocument) },
        new("GET", "/api/sessions/{session}/result", AdminRole.Read, "What a command left; 202 with the session before it is over.", call => FindAsync(call, ResultAsync))
        {
            Query = [("channel", "1 or 2: the bytes of stdout or stderr alone.")],
            Answer = typeof(SessionResultDocument),
        },
        new("GET", "/api/sessions/{session}/recording", AdminRole.Read, "Its recording, in asciicast v3.", call => FindAsync(call, RecordingAsync)),
        new("DELETE", "/api/sessions/{session}", AdminRole.Act, "Ends a session with all its processes.", call => FindAsync(call, DeleteAsync))
        {
            Query = [("why", "For the audit log."), ("dryRun", "Only say which it would be.")],
            Answer = typeof(SessionDocument),
        },
    ];

    private OpenSessions Open => room.Open ?? throw Refuse(room.Off);

    private async Task ListAsync(AdminCall call)
    {
        var open = Open;
        if (!SessionApi.TryState(call.Query("state"), out var state))
            throw new AdminRefusal(400, "Bad parameter", "`state` is none of starting, running, ended.");
        var records = await AskAsync(() => open.Desk.ListAsync(new SessionFilter(Owner: call.Query("user"), State: state), call.Number("limit", 1, MostListed) ?? 100, call.Cancellation));
        await call.AnswerAsync(new SessionsDocument([.. records.Select(r => SessionViews.ForOperators(r, open))]), ReadableJson.Admin.SessionsDocument);
    }

    private async Task CreateAsync(AdminCall call)
    {
        var open = Open;
        var (order, fault) = await SessionBody.ReadAsync(call.Context, SessionOrderJson.Default.SessionOrderDocument);
        if (order is null)
            throw new AdminRefusal(400, "Order not understood", fault);
        var (record, refusal) = await open.Desk.CreateAsync(SessionCallers.Of(call), order.ToRequest(), call.Cancellation);
        if (refusal is not null)
            throw Refuse(SessionRefusals.Of(refusal));
        call.Outcome = $"created {record!.Id}";
        await call.AnswerAsync(SessionViews.ForOperators(record, open), ReadableJson.Admin.SessionDocument, StatusCodes.Status201Created);
    }

    private async Task FindAsync(AdminCall call, Func<AdminCall, SessionRecord, Task> answerAsync)
    {
        var open = Open;
        if (!SessionId.TryParse(call["session"], out var id) || await AskAsync(() => open.Desk.FindAsync(id, call.Cancellation)) is not { } record)
            throw new AdminRefusal(404, "No such session", "GET /api/sessions lists those that there are.");
        await AskAsync(async () =>
        {
            await answerAsync(call, record);
            return true;
        });
    }

    private Task SayAsync(AdminCall call, SessionRecord record) => call.AnswerAsync(SessionViews.ForOperators(record, Open), ReadableJson.Admin.SessionDocument);

    private async Task ResultAsync(AdminCall call, SessionRecord record)
    {
        if (await SessionFiles.ResultAsync(call.Context, Open, record, SessionViews.ForOperators(record, Open)) is { } refusal)
            throw Refuse(refusal);
    }

    private async Task RecordingAsync(AdminCall call, SessionRecord record)
    {
        if (await SessionFiles.RecordingAsync(call.Context, room, record) is { } refusal)
            throw Refuse(refusal);
    }

    private async Task DeleteAsync(AdminCall call, SessionRecord record)
    {
        var over = call.DryRun ? record : await Open.Desk.DeleteAsync(record.Id, SessionCallers.Of(call), call.Cancellation) ?? record;
        call.Outcome = call.DryRun ? "would be deleted" : "deleted";
        await SayAsync(call, over);
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (SessionStoreException e)
        {
            throw new AdminRefusal(EndReasons.SessionStoreUnavailable.Status, EndReasons.SessionStoreUnavailable.Text, e.Message);
        }
    }

    private static AdminRefusal Refuse(Ending ending) => new(ending.Reason.Status, ending.Reason.Text, ending.Detail ?? ending.Reason.Advice);
}
