using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>The OpenAPI document of <c>/api/sessions</c> on the public listener, made from the table that answers.</summary>
internal static class SessionOpenApi
{
    /// <summary>Where it is asked for, below <c>/api/sessions</c>: no id of a session looks so.</summary>
    internal const string Name = "openapi.json";

    private const string SchemaPlace = "#/components/schemas/";

    /// <summary>What every request may get, before it is looked at.</summary>
    internal static IReadOnlyList<EndReason> Everywhere { get; } =
    [
        EndReasons.OriginDenied, EndReasons.HostDenied, EndReasons.RequestRate, EndReasons.Overloaded, EndReasons.KeysUnavailable, EndReasons.SessionsOff, EndReasons.SessionStoreUnavailable,
        .. EndReasons.All.Where(r => r.Status == 401 && r != EndReasons.TicketInvalid),
    ];

    internal static string Make(IReadOnlyList<SessionRoute> routes)
    {
        var paths = new JsonObject();
        foreach (var group in routes.GroupBy(r => r.Below))
        {
            var operations = new JsonObject();
            foreach (var route in group)
                operations[route.Method.ToLowerInvariant()] = Operation(route);
            paths[SessionApi.Path + group.Key] = operations;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Bascule sessions API",
                ["version"] = "1",
                ["description"] = "What users do with their sessions, on the public listener. `sessions.auth` says whether a bearer token is needed; without one all are the same user. Another user's session is as one that is not there.",
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }, new JsonObject()),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT" } },
                ["schemas"] = Schemas(routes),
            },
        };
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static JsonObject Operation(SessionRoute route)
    {
        var parameters = new JsonArray();
        if (route.Below.Contains(SessionRoute.Session, StringComparison.Ordinal))
            parameters.Add(OpenApiDocument.Parameter("session", "path", "Its id: 32 hexadecimal digits."));
        foreach (var (name, meaning) in route.Query)
            parameters.Add(OpenApiDocument.Parameter(name, "query", meaning));
        var operation = new JsonObject { ["summary"] = route.Summary, ["parameters"] = parameters };
        if (route.Body is { } body)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Json("application/json", NameOf(body)) };
        operation["responses"] = Responses(route);
        return operation;
    }

    private static JsonObject Responses(SessionRoute route)
    {
        var responses = new JsonObject();
        foreach (var answers in route.Answers.GroupBy(a => a.Status))
        {
            var content = new JsonObject();
            foreach (var answer in answers)
                content[answer.ContentType] = new JsonObject { ["schema"] = answer.Document is { } document ? Reference(NameOf(document)) : new JsonObject() };
            responses[$"{answers.Key}"] = new JsonObject { ["description"] = string.Join(' ', answers.Select(a => a.Meaning)), ["content"] = content };
        }

        foreach (var reasons in Everywhere.Concat(route.Refusals).Distinct().GroupBy(r => r.Status).OrderBy(g => g.Key))
        {
            // The shape of all problems, and the labels that come with this status.
            var labels = new JsonObject { ["enum"] = new JsonArray([.. reasons.Select(r => (JsonNode)r.Label)]) };
            var problem = new JsonObject { ["allOf"] = new JsonArray(Reference(nameof(ProblemDocument)), new JsonObject { ["properties"] = new JsonObject { ["label"] = labels } }) };
            responses[$"{reasons.Key}"] = new JsonObject
            {
                ["description"] = string.Join(' ', reasons.Select(r => $"`{r.Label}`: {r.Text}")),
                ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = problem } },
            };
        }

        return responses;
    }

    private static JsonObject Schemas(IReadOnlyList<SessionRoute> routes)
    {
        var types = routes.SelectMany(r => r.Answers).Select(a => a.Document).Concat(routes.Select(r => r.Body)).OfType<JsonTypeInfo>().Append(ReadableJson.Problems.ProblemDocument);
        var schemas = new JsonObject();
        foreach (var type in types.DistinctBy(NameOf).OrderBy(NameOf, StringComparer.Ordinal))
            schemas[NameOf(type)] = OpenApiDocument.Schema(type, SchemaPlace + NameOf(type));
        return schemas;
    }

    private static string NameOf(JsonTypeInfo type) => type.Type.Name;

    private static JsonObject Reference(string name) => new() { ["$ref"] = SchemaPlace + name };

    private static JsonObject Json(string contentType, string name) => new() { [contentType] = new JsonObject { ["schema"] = Reference(name) } };
}
