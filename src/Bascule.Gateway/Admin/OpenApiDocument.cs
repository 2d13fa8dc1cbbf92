using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The OpenAPI document of the admin listener, made from the table that answers.</summary>
internal static class OpenApiDocument
{
    private static readonly JsonSchemaExporterOptions NotNull = new() { TreatNullObliviousAsNonNullable = true };

    internal static string Make(IReadOnlyList<AdminRoute> routes)
    {
        var paths = new JsonObject();
        foreach (var group in routes.GroupBy(r => r.Pattern).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var operations = new JsonObject();
            foreach (var route in group)
                operations[route.Method.ToLowerInvariant()] = Operation(route);
            paths[group.Key] = operations;
        }

        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Bascule admin API",
                ["version"] = "1",
                ["description"] = "What operators and machines ask of a running gateway, on its admin listener. Every request but /livez and /readyz carries a bearer token.",
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = Schemas(routes),
            },
        };
        return document.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static JsonObject Operation(AdminRoute route)
    {
        var parameters = new JsonArray();
        foreach (var name in route.Pattern.Split('/').Where(s => s.StartsWith('{')).Select(s => s[1..s.IndexOf('}')]))
            parameters.Add(Parameter(name, "path", null));
        foreach (var (name, meaning) in route.Query)
            parameters.Add(Parameter(name, "query", meaning));
        var good = new JsonObject { ["description"] = "Good." };
        if (route.Answer is { } answer)
            good["content"] = Content("application/json", answer);
        var responses = new JsonObject { [route.Method == "GET" ? "200" : "2XX"] = good };
        if (route.Faulty is { } faulty)
            responses["422"] = new JsonObject { ["description"] = "Not done; the answer says why.", ["content"] = Content("application/json", faulty) };
        responses["4XX"] = new JsonObject { ["description"] = "Refused; the detail says what to do.", ["content"] = Content("application/problem+json", typeof(AdminProblem)) };
        return new JsonObject
        {
            ["summary"] = route.Summary,
            ["x-role"] = route.Role == AdminRole.Act ? "act" : "read",
            ["parameters"] = parameters,
            ["responses"] = responses,
        };
    }

    internal static JsonObject Parameter(string name, string place, string? meaning)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["schema"] = new JsonObject { ["type"] = "string" } };
        if (place == "path")
            parameter["required"] = true;
        if (meaning is not null)
            parameter["description"] = meaning;
        return parameter;
    }

    private static JsonObject Content(string type, Type document) =>
        new() { [type] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{document.Name}" } } };

    private static JsonObject Schemas(IReadOnlyList<AdminRoute> routes)
    {
        var schemas = new JsonObject();
        var types = routes.Select(r => r.Answer).OfType<Type>().Append(typeof(AdminProblem)).Distinct().OrderBy(t => t.Name, StringComparer.Ordinal);
        foreach (var type in types)
        {
            var options = type == typeof(ExplainDocument) ? ReadableJson.Explain.Options : ReadableJson.Admin.Options;
            schemas[type.Name] = Schema(options.GetTypeInfo(type), $"#/components/schemas/{type.Name}");
        }

        return schemas;
    }

    /// <param name="place">Where it will stand in the document.</param>
    internal static JsonNode Schema(JsonTypeInfo type, string place)
    {
        var schema = type.GetJsonSchemaAsNode(NotNull);
        Fit(schema, place);
        return schema;
    }

    /// <summary>Makes of what the exporter wrote a part of this document: its references start at the root of the schema, and it requires properties that are left out when they are null.</summary>
    private static void Fit(JsonNode? node, string place)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Fit(item, place);
        }

        if (node is not JsonObject schema)
            return;
        if (schema["$ref"] is JsonValue reference)
            schema["$ref"] = place + reference.GetValue<string>().TrimStart('#');
        if (schema["required"] is JsonArray required && schema["properties"] is JsonObject properties)
            required.RemoveAll(name => properties[name!.GetValue<string>()]?["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null"));
        foreach (var (_, child) in schema)
            Fit(child, place);
    }
}
