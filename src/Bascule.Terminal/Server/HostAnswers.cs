using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Bascule.Terminal;

/// <summary>JSON answers and problem documents of a host.</summary>
internal static class HostAnswers
{
    internal static async Task JsonAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }

    internal static async Task ProblemAsync(HttpContext context, HostRefusal refusal)
    {
        var problem = new HostProblemDocument("about:blank", ReasonPhrases.GetReasonPhrase(refusal.Status), refusal.Status, refusal.Detail, refusal.Label);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(problem, HostJson.Default.HostProblemDocument);
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = bytes.Length;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
    }
}
