using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>A ticket for a page that cannot send its token as a header field.</summary>
/// <param name="Ticket">To be used once: <c>?ticket=…</c>, or the subprotocol <c>ticket.…</c>.</param>
public sealed record TicketDocument(string Ticket, DateTimeOffset ExpiresAt, string? Route);

/// <param name="ExpiresAt">When the connection ends unless it is renewed again; null: not for its token.</param>
public sealed record RenewalDocument(string Attempt, DateTimeOffset? ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TicketDocument))]
[JsonSerializable(typeof(RenewalDocument))]
internal sealed partial class TokenJson : JsonSerializerContext;

/// <summary>What users do with their own tokens on the public listener: <c>POST /api/tickets</c>, and <c>POST /api/connections/ATTEMPT/token</c> to renew.</summary>
public sealed class TokenEndpoints(LiveConfiguration configuration, UserCalls calls, Credentials credentials, TokenRenewal renewal, HttpClosing closing)
{
    public const string TicketPath = "/api/tickets";

    private const string ConnectionPrefix = "/api/connections/";
    private const string ConnectionSuffix = "/token";

    /// <summary>Answers when the path is one of ours, and no configured route names exactly the same.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        var renews = head.Path.StartsWith(ConnectionPrefix, StringComparison.Ordinal) && head.Path.EndsWith(ConnectionSuffix, StringComparison.Ordinal);
        if ((!renews && head.Path != TicketPath) || configuration.Current.Routes.HasExact(head))
            return false;
        if (calls.Begin(context, head, "POST", "Authorization") is not { } call)
            return true;
        var refusal = call.Refusal;
        refusal ??= await (renews ? RenewAsync(context, call.Passage) : IssueAsync(context, call.Passage));
        if (refusal is { } ending)
            await closing.RefuseAsync(call.Passage, context, ending);
        return true;
    }

    private async Task<Ending?> IssueAsync(HttpContext context, Passage passage)
    {
        if (await calls.IdentifyAsync(passage, context.RequestAborted) is { } refusal)
            return refusal;
        var route = QueryText.Value(passage.Head.Query, "route");
        if (route is not null && !passage.Rules.Routes.All.Any(r => r.Name == route))
            return new Ending(EndReasons.RouteNotFound, "there is no route of the name that the parameter `route` gives");
        var ticket = await credentials.IssueTicketAsync(passage.Identity!, route, passage.Head.Headers.First("Origin"), context.RequestAborted);
        if (ticket is null)
            return new Ending(EndReasons.TokenExpired, "the token ends now, and a ticket never outlives it");
        await AnswerAsync(context, StatusCodes.Status201Created, new TicketDocument(ticket.Text, ticket.ExpiresAt, route), ReadableJson.Tokens.TicketDocument);
        return null;
    }

    private async Task<Ending?> RenewAsync(HttpContext context, Passage passage)
    {
        if (await calls.IdentifyAsync(passage, context.RequestAborted) is { } stranger)
            return stranger;
        var text = passage.Head.Path[ConnectionPrefix.Length..^ConnectionSuffix.Length];
        // What is no id is that of no connection.
        var (connection, refusal) = renewal.Renew(AttemptId.TryParse(text, out var id) ? id : default, passage.Identity!);
        if (refusal is not null)
            return refusal;
        await AnswerAsync(context, StatusCodes.Status200OK, new RenewalDocument(id.ToString(), connection!.ExpiresAt), ReadableJson.Tokens.RenewalDocument);
        return null;
    }

    private static Task AnswerAsync<T>(HttpContext context, int status, T document, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        context.Response.Headers.CacheControl = "no-store";
        return AdminCall.WriteAsync(context, status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, type));
    }
}
