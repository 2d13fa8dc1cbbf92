using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Settings;

/// <summary>The JSON Schema of <c>bascule.json</c>, made from the settings records.</summary>
public static class SettingsSchema
{
    internal const string SchemaKey = "$schema";
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Draft 2020-12. Durations are checked by pattern; their bounds stand in the descriptions, for a schema cannot compare them.</summary>
    public static string Json()
    {
        JsonObject definitions = [];
        var root = Object(ShapeReader.Root, definitions);
        root["properties"]!.AsObject().Insert(0, SchemaKey, new JsonObject { ["type"] = "string", ["description"] = "Where an editor finds this schema." });
        JsonObject schema = new() { [SchemaKey] = Dialect, ["title"] = "Bascule settings" };
        foreach (var (name, part) in root.ToArray())
        {
            root.Remove(name);
            schema[name] = part;
        }

        schema["$defs"] = definitions;
        return schema.ToJsonString(Layout) + "\n";
    }

    private static JsonObject Object(RecordShape record, JsonObject definitions)
    {
        JsonObject properties = [];
        foreach (var member in record.Members)
            properties[member.Name] = Member(member, definitions);
        JsonObject schema = new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (record.Members.Any(m => m.About.Required))
            schema["required"] = new JsonArray([.. record.Members.Where(m => m.About.Required).Select(m => (JsonNode)m.Name)]);
        return schema;
    }

    private static JsonObject Member(MemberShape member, JsonObject definitions)
    {
        var about = member.About;
        var schema = Of(member.Shape, about, definitions);
        if (member.MayBeNull)
            schema = OrNull(schema);
        schema["description"] = about is { Min: { } least, Max: { } most } && IsDuration(member.Shape)
            ? $"{about.Description} From {least} to {most}{(about.MayBeOff ? ", or off" : "")}."
            : about.Description;
        if (about.Secret)
            schema["writeOnly"] = true;
        if (DefaultNodes.Of(member) is { } builtIn && member.Shape is not RecordShape)
            schema["default"] = Value(builtIn);
        return schema;
    }

    private static bool IsDuration(Shape shape) => shape is ScalarShape { Kind: ScalarType.Duration };

    private static JsonObject Of(Shape shape, SettingAttribute? about, JsonObject definitions) => shape switch
    {
        RecordShape record => Reference(record, definitions),
        ListShape list => new JsonObject { ["type"] = "array", ["items"] = Of(list.Item, about, definitions) },
        MapShape map => new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(map.Value, about, definitions) },
        ScalarShape scalar => Scalar(scalar, about),
        _ => throw new NotSupportedException(shape.GetType().Name),
    };

    private static JsonObject Reference(RecordShape record, JsonObject definitions)
    {
        var name = SettingsReference.TitleOf(record);
        if (!definitions.ContainsKey(name))
        {
            // The place is taken first: definitions stand in the order in which they are met.
            definitions[name] = null;
            var schema = Object(record, definitions);
            definitions[name] = record.Shorthand is { } shorthand
                ? new JsonObject { ["oneOf"] = new JsonArray(Member(shorthand, definitions), schema) }
                : schema;
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }

    private static JsonObject Scalar(ScalarShape shape, SettingAttribute? about)
    {
        switch (shape.Kind)
        {
            case ScalarType.Switch:
                return new JsonObject { ["type"] = "boolean" };
            case ScalarType.Choice:
                return new JsonObject { ["enum"] = new JsonArray([.. shape.Choices.Select(c => (JsonNode)c)]) };
            case ScalarType.Duration:
                var pattern = about is { MayBeOff: true } ? $"^off$|{DurationText.Pattern}" : DurationText.Pattern;
                return new JsonObject { ["type"] = "string", ["pattern"] = pattern };
            case ScalarType.Integer or ScalarType.Number:
                var number = new JsonObject { ["type"] = shape.Kind == ScalarType.Integer ? "integer" : "number" };
                if (about?.Min is { } least)
                    number["minimum"] = decimal.Parse(least, CultureInfo.InvariantCulture);
                if (about?.Max is { } most)
                    number["maximum"] = decimal.Parse(most, CultureInfo.InvariantCulture);
                return number;
            default:
                return new JsonObject { ["type"] = "string" };
        }
    }

    private static JsonObject OrNull(JsonObject schema)
    {
        if (schema["type"] is not JsonValue type)
            return new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "null" }, schema) };
        schema["type"] = new JsonArray(type.GetValue<string>(), "null");
        return schema;
    }

    private static JsonNode? Value(SettingsNode node) => node switch
    {
        ScalarNode { Kind: ScalarKind.String } text => text.Text,
        ScalarNode scalar => JsonNode.Parse(scalar.Text),
        ListNode list => new JsonArray([.. list.Items.Select(Value)]),
        ObjectNode members => new JsonObject(members.Members.Select(m => KeyValuePair.Create(m.Key, Value(m.Value)))),
        _ => throw new NotSupportedException(node.GetType().Name),
    };
}
