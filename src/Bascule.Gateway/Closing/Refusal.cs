using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The body of a refusal: RFC 9457, with the row of the catalogue.</summary>
/// <param name="Type">A name, not an address: <c>urn:bascule:end-reason:LABEL</c>. A relative reference would be resolved against the URL of the request.</param>
/// <param name="Title">What happened.</param>
/// <param name="Detail">What was seen this time.</param>
/// <param name="Label">The end reason.</param>
/// <param name="Code">The close code that it would have had.</param>
/// <param name="Docs">Page in the docs, relative to the root of the repository.</param>
public sealed record ProblemDocument(
    string Type, string Title, int Status, string? Detail, string Label, int Code, string Advice, string Retry, string Attempt, string Docs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ProblemJson : JsonSerializerContext;

/// <summary>How a refusal looks in HTTP.</summary>
internal static class Refusal
{
    private const string TypePrefix = "urn:bascule:end-reason:";

    internal static byte[] Problem(Ending ending, AttemptId attempt)
    {
        var r = ending.Reason;
        return JsonSerializer.SerializeToUtf8Bytes(
            new ProblemDocument(TypePrefix + r.Label, r.Text, r.Status, ending.Detail, r.Label, r.Code, r.Advice, ending.RetryAfterSeconds is { } wait ? $"after:{wait}s" : r.RetryText, attempt.ToString(), r.Docs),
            ReadableJson.Problems.ProblemDocument);
    }

    internal static HeaderList Fields(Ending ending, AttemptId attempt)
    {
        var reason = ending.Reason;
        var fields = new HeaderList(6);
        fields.Add("Content-Type", "application/problem+json");
        fields.Add("Cache-Control", "no-store");
        fields.Add("X-Bascule-Attempt", attempt.ToString());
        if ((ending.RetryAfterSeconds ?? reason.RetryAfterSeconds) is var wait and > 0)
            fields.Add("Retry-After", wait.ToString(CultureInfo.InvariantCulture));
        if (reason.Status == 401)
            fields.Add("WWW-Authenticate", $"Bearer realm=\"bascule\", error=\"{(reason == EndReasons.TokenMissing ? "invalid_request" : "invalid_token")}\", error_description=\"{reason.Label}\"");
        if (reason.Status == 426)
        {
            // RFC 6455 §4.4 and RFC 9110 §15.5.22: what to come back with.
            fields.Add("Upgrade", "websocket");
            fields.Add("Connection", "Upgrade");
            fields.Add("Sec-WebSocket-Version", "13");
        }

        if (reason.Status == 405)
            fields.Add("Allow", "GET");
        return fields;
    }
}
