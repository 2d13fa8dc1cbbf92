using System.Text;
using System.Text.Json;
using Bascule.Cluster;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What operators and machines ask on the admin listener. Every answer but the two health checks needs a token; every change needs the role `act`, and is audited.</summary>
public sealed class AdminEndpoints(GatewayRooms rooms, AdminTokens tokens)
{
    private readonly AdminTable _table = new(rooms);

    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await (path switch
            {
                // Probes of platforms cannot carry a token, and these two tell nothing but yes or no.
                "/livez" or "/readyz" when !IsRead(context) => throw NotAllowed(context, path, ["GET", "HEAD"]),
                "/livez" => AdminCall.SayAsync(context, StatusCodes.Status200OK, "alive"),
                "/readyz" => ReadyAsync(context),
                _ when tokens.Find(context) is { } who => AnswerAsync(context, path, who),
                _ => Unauthorized(context),
            });
        }
        catch (AdminRefusal refusal) when (!context.Response.HasStarted)
        {
            await ProblemAsync(context, refusal);
        }
    }

    /// <summary>What is away but not needed to serve is told, and takes nobody out of rotation.</summary>
    private Task ReadyAsync(HttpContext context)
    {
        var (status, text) = rooms.State.Ready
            ? (StatusCodes.Status200OK, "ready")
            : (StatusCodes.Status503ServiceUnavailable, "not ready: the gateway is starting, draining or stopping");
        var cluster = rooms.Cluster.State.Mode == ClusterMode.Alone ? null : rooms.Cluster.State.Text;
        return AdminCall.SayAsync(context, status, string.Join('\n', new[] { text, cluster, rooms.Audit.Fault }.OfType<string>().Concat(rooms.Hub.Troubles()).Concat(rooms.Sessions.Troubles())));
    }

    private async Task AnswerAsync(HttpContext context, string path, AdminUser who)
    {
        var method = context.Request.Method;
        if (path == "/metrics" && method is "GET" or "HEAD")
        {
            await AdminCall.WriteAsync(context, StatusCodes.Status200OK, PrometheusExporter.ContentType, Encoding.UTF8.GetBytes(await rooms.Metrics.ScrapeAsync(context.RequestAborted)));
            return;
        }

        var (route, values, allowed) = _table.Find(method, path);
        if (route is null && allowed.Count > 0)
            throw NotAllowed(context, path, allowed);

        if (route is null)
            throw new AdminRefusal(404, "Not found", "GET /api/openapi.json lists what there is.");
        await HandleAsync(route, new AdminCall(context, who, values, rooms.Time));
    }

    private async Task HandleAsync(AdminRoute route, AdminCall call)
    {
        try
        {
            if (route.Role == AdminRole.Act && call.Who.Role != AdminRole.Act)
                throw new AdminRefusal(403, "Role too low", $"The token of `{call.Who.Name}` may read; this needs the role `act`.");
            call.CheckQuery(route);
            // Read before anything is done, like every parameter of an order.
            _ = call.DryRun;
            await route.HandleAsync(call);
        }
        catch (AdminRefusal refusal)
        {
            call.Outcome = $"refused: {refusal.Message}";
            throw;
        }
        catch (Exception surprise)
        {
            call.Outcome = $"failed: {surprise.GetType().Name}";
            throw;
        }
        finally
        {
            if (route.Role == AdminRole.Act)
                rooms.Audit.Write(AuditEntries.Acted(ActOf(call, route), rooms.Time.GetUtcNow()));
        }
    }

    private static AdminAct ActOf(AdminCall call, AdminRoute route)
    {
        var query = call.Context.Request.Query.Where(q => q.Key is not "why").Select(q => $"{q.Key}={q.Value}");
        var target = string.Join(' ', [call.Context.Request.Path.Value!, .. query]);
        return new AdminAct(call.Who.Name, call.Who.Role == AdminRole.Act ? "act" : "read", $"{route.Method} {route.Pattern}", target, call.Why, call.Context.Connection.RemoteIpAddress?.ToString())
        {
            Outcome = call.Outcome ?? "done",
            DryRun = call.Query("dryRun") is "true" or "1",
        };
    }

    private static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    private static AdminRefusal NotAllowed(HttpContext context, string path, IReadOnlyList<string> allowed)
    {
        context.Response.Headers.Allow = string.Join(", ", allowed);
        return new AdminRefusal(405, "Method not allowed", $"{path} takes {string.Join(" and ", allowed)}.");
    }

    private static Task Unauthorized(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"bascule-admin\"";
        throw new AdminRefusal(401, "Token needed", "Send `Authorization: Bearer TOKEN`: listen.adminToken or one of listen.adminTokens of the configuration, or the content of <data>/admin-token.");
    }

    private static Task ProblemAsync(HttpContext context, AdminRefusal refusal) => AdminCall.WriteAsync(
        context, refusal.Status, "application/problem+json",
        JsonSerializer.SerializeToUtf8Bytes(new AdminProblem("about:blank", refusal.Title, refusal.Status, refusal.Message), ReadableJson.Admin.AdminProblem));
}
