using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bascule.Hub.Tests;

/// <summary>As much of JSON Schema as contract/messages.schema.json uses.</summary>
internal static class SchemaCheck
{
    internal static IReadOnlyList<string> Faults(JsonElement definitions, string definition, string text)
    {
        using var parsed = JsonDocument.Parse(text);
        return [.. Check(definitions, definitions.GetProperty(definition), parsed.RootElement, definition)];
    }

    private static IEnumerable<string> Check(JsonElement definitions, JsonElement schema, JsonElement value, string place)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = definitions.GetProperty(reference.GetString()!["#/$defs/".Length..]);
        if (schema.TryGetProperty("type", out var type) && !Names(type).Any(t => IsOf(t, value)))
            return [$"{place} is not of type {type}"];
        return OfValue(schema, value, place)
            .Concat(OfText(schema, value, place))
            .Concat(OfObject(definitions, schema, value, place))
            .Concat(OfList(definitions, schema, value, place))
            .Concat(OfAny(definitions, schema, value, place));
    }

    private static IEnumerable<string> OfValue(JsonElement schema, JsonElement value, string place)
    {
        if (schema.TryGetProperty("const", out var constant) && constant.GetRawText() != value.GetRawText())
            yield return $"{place} is not {constant}";
        if (schema.TryGetProperty("enum", out var choices) && choices.EnumerateArray().All(c => c.GetRawText() != value.GetRawText()))
            yield return $"{place} is none of {choices}";
        if (schema.TryGetProperty("minimum", out var minimum) && value.GetDouble() < minimum.GetDouble())
            yield return $"{place} is less than {minimum}";
    }

    private static IEnumerable<string> OfText(JsonElement schema, JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { } text)
            yield break;
        if (schema.TryGetProperty("maxLength", out var most) && text.Length > most.GetInt32())
            yield return $"{place} is longer than {most}";
        if (schema.TryGetProperty("minLength", out var least) && text.Length < least.GetInt32())
            yield return $"{place} is shorter than {least}";
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!))
            yield return $"{place} does not look like {pattern}";
    }

    private static IEnumerable<string> OfObject(JsonElement definitions, JsonElement schema, JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Object)
            yield break;
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in Names(required).Where(n => !value.TryGetProperty(n, out _)))
                yield return $"{place}.{name} is missing";
        }

        if (!schema.TryGetProperty("properties", out var properties))
            yield break;
        foreach (var property in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(property.Name, out var inner))
                yield return $"{place}.{property.Name} is not known";
            else
            {
                foreach (var fault in Check(definitions, inner, property.Value, $"{place}.{property.Name}"))
                    yield return fault;
            }
        }
    }

    private static IEnumerable<string> OfList(JsonElement definitions, JsonElement schema, JsonElement value, string place) =>
        value.ValueKind != JsonValueKind.Array || !schema.TryGetProperty("items", out var items)
            ? []
            : value.EnumerateArray().SelectMany((item, index) => Check(definitions, items, item, $"{place}[{index}]"));

    private static IEnumerable<string> OfAny(JsonElement definitions, JsonElement schema, JsonElement value, string place)
    {
        if (schema.TryGetProperty("anyOf", out var choices) && choices.EnumerateArray().All(c => Check(definitions, c, value, place).Any()))
            yield return $"{place} fits nothing of anyOf";
    }

    private static IEnumerable<string> Names(JsonElement oneOrMore) =>
        oneOrMore.ValueKind == JsonValueKind.Array ? oneOrMore.EnumerateArray().Select(e => e.GetString()!) : [oneOrMore.GetString()!];

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
