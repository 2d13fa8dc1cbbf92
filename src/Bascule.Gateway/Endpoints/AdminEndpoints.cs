using System.Security.Cryptography;
using System.Text;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What operators and machines ask on the admin listener. Every answer but the two health checks needs the token.</summary>
public sealed class AdminEndpoints(GatewayRooms rooms, string token)
{
    private const string AttemptsPrefix = "/api/attempts/";

    private readonly byte[] _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return SayAsync(context, StatusCodes.Status405MethodNotAllowed, "This version answers GET and HEAD only.");
        }

        return path switch
        {
            // Probes of platforms cannot carry a token, and these two tell nothing but yes or no.
            "/livez" => SayAsync(context, StatusCodes.Status200OK, "alive"),
            "/readyz" => rooms.State.Ready
                ? SayAsync(context, StatusCodes.Status200OK, "ready")
                : SayAsync(context, StatusCodes.Status503ServiceUnavailable, "not ready: the gateway is starting or stopping"),
            _ when !MayIn(context) => RefuseAsync(context),
            "/metrics" => MetricsAsync(context),
            _ when path.StartsWith(AttemptsPrefix, StringComparison.Ordinal) => AttemptAsync(context, path[AttemptsPrefix.Length..]),
            _ => SayAsync(context, StatusCodes.Status404NotFound, "Not found. There are /livez, /readyz, /metrics and /api/attempts/{id}."),
        };
    }

    private async Task MetricsAsync(HttpContext context)
    {
        var text = await rooms.Metrics.ScrapeAsync(context.RequestAborted);
        context.Response.ContentType = PrometheusExporter.ContentType;
        await WriteAsync(context, text);
    }

    private Task AttemptAsync(HttpContext context, string text) => AttemptId.TryParse(text, out var id)
        ? PublicEndpoints.WriteExplanationAsync(context, rooms.Journal, id, full: true)
        : SayAsync(context, StatusCodes.Status400BadRequest, "An attempt id has 32 hexadecimal digits, or is a UUID.");

    /// <summary>Compared as hashes, in constant time.</summary>
    private bool MayIn(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        return given.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given["Bearer ".Length..].Trim())), _tokenHash);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"bascule-admin\"";
        return SayAsync(context, StatusCodes.Status401Unauthorized, "Send `Authorization: Bearer TOKEN`: listen.adminToken of the configuration, or the content of <data>/admin-token.");
    }

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return WriteAsync(context, text + "\n");
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
