using System.Globalization;
using System.Text;
using Bascule.Model;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>GET /api/audit: the newest entries of the audit log, as lines of JSON.</summary>
internal sealed class AuditApi(AuditLog audit)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/audit", AdminRole.Read, "Entries of the audit log, the newest first, as JSON lines. `X-Bascule-Whole: false`: the search stopped at its bound.", ReadAsync)
        {
            Query =
            [
                ("kind", "Only this kind: connection_opened, connection_ended, connection_refused, admin_act, …"), ("attempt", "Only this attempt id."), ("route", "Only this route."),
                ("user", "Only this subject."), ("who", "Only acts of this admin token."), ("from", "Not before this time (ISO 8601)."), ("until", "Before this time."),
                ("limit", "How many at most; 100 when missing."),
            ],
        },
    ];

    private async Task ReadAsync(AdminCall call)
    {
        AttemptId? attempt = null;
        if (call.Query("attempt") is { } text)
            attempt = AttemptId.TryParse(text, out var id) ? id : throw new AdminRefusal(400, "Bad parameter", "`attempt` is no attempt id: 32 hexadecimal digits, or a UUID.");
        var kind = call.Query("kind");
        if (kind is not null && !AuditKinds.All.Contains(kind))
            throw new AdminRefusal(400, "Bad parameter", $"`kind` is none of {string.Join(", ", AuditKinds.All)}.");
        var filter = new AuditFilter
        {
            Kind = kind,
            Attempt = attempt,
            Route = call.Query("route"),
            Subject = call.Query("user"),
            Who = call.Query("who"),
            From = TimeOf(call, "from"),
            Until = TimeOf(call, "until"),
        };
        var page = await audit.ReadRecentAsync(filter, call.Number("limit", 1, 10_000) ?? 100, call.Cancellation);
        call.Context.Response.Headers["X-Bascule-Whole"] = page.Whole ? "true" : "false";
        await AdminCall.WriteAsync(call.Context, StatusCodes.Status200OK, "application/x-ndjson; charset=utf-8", Encoding.UTF8.GetBytes(string.Concat(page.Lines.Select(line => line + "\n"))));
    }

    private static DateTimeOffset? TimeOf(AdminCall call, string name)
    {
        if (call.Query(name) is not { } text)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new AdminRefusal(400, "Bad parameter", $"`{name}` is `{text}`; write a time such as 2026-01-31T12:00:00Z.");
    }
}
