using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bascule.Model;
using Bascule.Settings;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What the gateway itself answers on the public listener: health, diagnostics, explanations.</summary>
public sealed class PublicEndpoints(LiveConfiguration configuration, HealthReport health, AttemptJournal journal, BuildVersion build, LookupLimit lookups)
{
    private const string ExplainPrefix = "/_bascule/explain/";

    /// <summary>Answers when the path is one of ours and no configured route names exactly the same.</summary>
    /// <returns>False when it is not ours.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        if (head.Path.StartsWith(ExplainPrefix, StringComparison.Ordinal))
        {
            await ExplainAsync(context, head);
            return true;
        }

        if (head.Path is not ("/health" or "/api/diagnostics/websocket") || configuration.Current.Routes.HasExact(head))
            return false;
        if (!HttpMethods.IsGet(head.Method) && !HttpMethods.IsHead(head.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return true;
        }

        if (head.Path == "/health")
            await AnswerHealthAsync(context);
        else
            await WriteAsync(context, Diagnose(context, head), ReadableJson.Endpoints.DiagnosticsDocument);
        return true;
    }

    private async Task AnswerHealthAsync(HttpContext context)
    {
        var document = health.Make();
        context.Response.StatusCode = document.Status == "stopping" ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        await WriteAsync(context, document, ReadableJson.Endpoints.HealthDocument);
    }

    private DiagnosticsDocument Diagnose(HttpContext context, RequestHead head)
    {
        var scheme = head.Scheme == "https" ? "wss" : "ws";
        var endpoints = configuration.Current.Routes.All.Select(route => new EndpointEntry(
            route.Name,
            $"{scheme}://{head.Host}{route.Pattern.Text}",
            AuthName(route.Auth),
            PurposeOf(route.Destination))).ToList();
        return new DiagnosticsDocument("available", build, endpoints, new SeenRequest(
            head.Scheme, head.Host, context.Request.Protocol, context.Connection.RemoteIpAddress?.ToString(), head.Headers.First("Upgrade") is not null));
    }

    private static string PurposeOf(Destination destination) => destination switch
    {
        ProbeDestination => "echoes, and says what the server saw",
        SessionDestination => "sessions: terminals and commands",
        TopicDestination => "topics: WebSocket, server-sent events or polling",
        _ => "a back end",
    };

    private static string AuthName(AuthPolicy policy) => policy switch { AuthPolicy.Required => "required", AuthPolicy.Optional => "optional", AuthPolicy.Gateway => "gateway", _ => "none" };

    /// <summary>The id is unguessable and known to the client alone, so whoever has it may read; addresses of nodes stay inside.</summary>
    private async Task ExplainAsync(HttpContext context, RequestHead head)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "no-store";
        if (!AttemptId.TryParse(head.Path.AsSpan(ExplainPrefix.Length), out var id))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("An attempt id has 32 hexadecimal digits, or is a UUID.\n", context.RequestAborted);
            return;
        }

        // Behind a trusted proxy, each client has its own count.
        var remote = context.Connection.RemoteIpAddress is { } peer ? new IPEndPoint(peer, context.Connection.RemotePort) : null;
        if (!lookups.TryTake(configuration.Current.Admission.Proxies.Resolve(head, remote).Address, out var retryAfter))
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
            await context.Response.WriteAsync($"Too many questions from this address. Ask again in {retryAfter} s.\n", context.RequestAborted);
            return;
        }

        await WriteExplanationAsync(context, journal, id, full: false);
    }

    /// <summary>The explanation as JSON, or as words for who prefers <c>text/plain</c>.</summary>
    internal static async Task WriteExplanationAsync(HttpContext context, AttemptJournal journal, AttemptId id, bool full)
    {
        var attempt = journal.Find(id);
        var document = Explanation.Make(attempt, id, full, journal.Reach);
        context.Response.StatusCode = attempt is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        if (context.Request.Headers.Accept.ToString().StartsWith("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(document.ToText(), context.RequestAborted);
            return;
        }

        await WriteAsync(context, document, ReadableJson.Explain.ExplainDocument);
    }

    private static async Task WriteAsync<T>(HttpContext context, T document, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(document, type);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
