using Bascule.Admission;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>A call of a user to an endpoint of ours.</summary>
/// <param name="Refusal">Why it is refused before it is looked at; null: it goes on.</param>
public readonly record struct UserCall(Passage Passage, Ending? Refusal);

/// <summary>What the endpoints for users share: limits, Origin and CORS, the method, the token.</summary>
public sealed class UserCalls(AttemptDesk desk, AdmissionStage admission, Credentials credentials)
{
    /// <returns>Null when it is answered already: a preflight, or a method that is not taken.</returns>
    /// <param name="methods">What is taken: <c>GET, DELETE</c>.</param>
    /// <param name="fields">Header fields that pages may send.</param>
    internal UserCall? Begin(HttpContext context, RequestHead head, string methods, string fields)
    {
        var remote = context.Connection.RemoteIpAddress is { } address ? new System.Net.IPEndPoint(address, context.Connection.RemotePort) : null;
        var passage = desk.Prepare(head, remote);
        var refusal = admission.AdmitOwn(passage) ?? AllowPage(context, passage, route: null);
        if (refusal is not null)
            return new UserCall(passage, refusal);
        if (HttpMethods.IsOptions(head.Method))
        {
            context.Response.Headers.AccessControlAllowMethods = methods;
            context.Response.Headers.AccessControlAllowHeaders = fields;
            context.Response.Headers.AccessControlMaxAge = "600";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return null;
        }

        if (!methods.Split(", ").Contains(head.Method, StringComparer.OrdinalIgnoreCase))
        {
            context.Response.Headers.Allow = $"{methods}, OPTIONS";
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return null;
        }

        return new UserCall(passage, null);
    }

    internal async Task<Ending?> IdentifyAsync(Passage passage, CancellationToken cancellation)
    {
        if (passage.Rules.Tokens is not { } tokens)
            return new Ending(EndReasons.TokenMissing, "this gateway has no auth.jwt, so that it knows no tokens");
        // Out of the header alone: a token in a URL is what tickets are to avoid.
        var result = await credentials.CheckAsync(tokens, TokenSource.FindInAuthorization(passage.Head)?.Token, cancellation);
        if (!result.Accepted)
            return result.Refusal;
        passage.Identity = result.Identity;
        passage.Attempt.Subject = result.Identity.Subject;
        return null;
    }

    /// <summary>Pages of allowed origins may call; programs, which send no Origin, too.</summary>
    internal static Ending? AllowPage(HttpContext context, Passage passage, Route? route)
    {
        if (passage.Rules.Admission.OriginsOf(route).Check(passage.Head, passage.Source!) is { } stranger)
            return stranger;
        if (passage.Head.Headers.First("Origin") is { } origin)
        {
            // At the very end: a refusal begins its answer anew, and without these the page could not read why.
            context.Response.OnStarting(() =>
            {
                context.Response.Headers.AccessControlAllowOrigin = origin;
                context.Response.Headers.Vary = "Origin";
                context.Response.Headers.AccessControlExposeHeaders = "X-Bascule-Attempt, Retry-After";
                return Task.CompletedTask;
            });
        }

        return null;
    }
}
