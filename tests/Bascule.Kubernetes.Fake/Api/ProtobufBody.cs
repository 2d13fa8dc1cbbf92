using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Reads the objects that kubectl sends as protobuf: those which it makes itself, without a file.</summary>
/// <remarks>Source: k8s.io/apimachinery runtime/serializer/protobuf (envelope) and the generated.proto files of k8s.io/api (fields). What a table does not name is skipped.</remarks>
internal static class ProtobufBody
{
    internal const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int VariableLength = 0;
    private const int LengthDelimited = 2;

    // Number, name and type of each field. Types: text, number, map (of texts), bytes (map of bytes), amounts (map of quantities), or another row; a star for lists.
    private static readonly Dictionary<string, string> Rows = new(StringComparer.Ordinal)
    {
        ["Namespace"] = "1 metadata Meta",
        ["ConfigMap"] = "1 metadata Meta,2 data map,3 binaryData bytes",
        ["Secret"] = "1 metadata Meta,2 data bytes,3 type text,4 stringData map",
        ["ServiceAccount"] = "1 metadata Meta",
        ["Role"] = "1 metadata Meta,2 rules Rule*",
        ["ClusterRole"] = "1 metadata Meta,2 rules Rule*",
        ["RoleBinding"] = "1 metadata Meta,2 subjects Subject*,3 roleRef RoleRef",
        ["ClusterRoleBinding"] = "1 metadata Meta,2 subjects Subject*,3 roleRef RoleRef",
        ["ResourceQuota"] = "1 metadata Meta,2 spec QuotaSpec",
        ["Deployment"] = "1 metadata Meta,2 spec DeploymentSpec",
        ["Service"] = "1 metadata Meta,2 spec ServiceSpec",
        ["SelfSubjectAccessReview"] = "1 metadata Meta,2 spec AccessSpec",
        ["SelfSubjectRulesReview"] = "1 metadata Meta,2 spec RulesSpec",
        ["SelfSubjectReview"] = "1 metadata Meta",
        ["Meta"] = "1 name text,2 generateName text,3 namespace text,11 labels map,12 annotations map",
        ["Rule"] = "1 verbs text*,2 apiGroups text*,3 resources text*,4 resourceNames text*,5 nonResourceURLs text*",
        ["Subject"] = "1 kind text,2 apiGroup text,3 name text,4 namespace text",
        ["RoleRef"] = "1 apiGroup text,2 kind text,3 name text",
        ["QuotaSpec"] = "1 hard amounts",
        ["DeploymentSpec"] = "1 replicas number,2 selector Selector,3 template Template",
        ["Selector"] = "1 matchLabels map",
        ["Template"] = "1 metadata Meta,2 spec PodSpec",
        ["PodSpec"] = "2 containers Container*,3 restartPolicy text",
        ["Container"] = "1 name text,2 image text,3 command text*,4 args text*,6 ports ContainerPort*",
        ["ContainerPort"] = "1 name text,3 containerPort number,4 protocol text",
        ["ServiceSpec"] = "1 ports ServicePort*,2 selector map,3 clusterIP text,4 type text",
        ["ServicePort"] = "1 name text,2 protocol text,3 port number",
        ["AccessSpec"] = "1 resourceAttributes Attributes",
        ["Attributes"] = "1 namespace text,2 verb text,3 group text,4 version text,5 resource text,6 subresource text,7 name text",
        ["RulesSpec"] = "1 namespace text",
    };

    internal static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
            throw ApiException.BadRequest("the body is no protobuf of Kubernetes");
        var envelope = Fields(body[4..].ToArray());
        var type = Fields(envelope.First(field => field.Number == 1).Bytes);
        var kind = Text(type.First(field => field.Number == 2).Bytes);
        if (!Rows.ContainsKey(kind))
            throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types for {kind} include: application/json");
        var read = Message(kind, envelope.FirstOrDefault(field => field.Number == 2).Bytes ?? []);
        read["apiVersion"] = Text(type.First(field => field.Number == 1).Bytes);
        read["kind"] = kind;
        return read;
    }

    private static JsonObject Message(string row, byte[] message)
    {
        var read = new JsonObject();
        var fields = Fields(message);
        foreach (var column in Rows[row].Split(',').Select(text => text.Split(' ')))
        {
            var (number, name, type) = (int.Parse(column[0], System.Globalization.CultureInfo.InvariantCulture), column[1], column[2]);
            var given = fields.Where(field => field.Number == number).ToList();
            if (given.Count == 0)
                continue;
            read[name] = type switch
            {
                _ when type.EndsWith('*') => new JsonArray([.. given.Select(field => One(type[..^1], field))]),
                "map" or "bytes" or "amounts" => new JsonObject(given.Select(field => Pair(type, field.Bytes))),
                _ => One(type, given[^1]),
            };
        }

        // What is not set is written as an empty text, which is no name.
        foreach (var empty in read.Where(pair => pair.Value is JsonValue value && value.TryGetValue(out string? text) && text.Length == 0).Select(pair => pair.Key).ToList())
            read.Remove(empty);
        return read;
    }

    private static JsonNode One(string type, Field field) => type switch
    {
        "text" => Text(field.Bytes),
        "number" => (int)field.Value,
        _ => Message(type, field.Bytes),
    };

    private static KeyValuePair<string, JsonNode?> Pair(string type, byte[] entry)
    {
        var fields = Fields(entry);
        var value = fields.FirstOrDefault(field => field.Number == 2).Bytes ?? [];
        JsonNode shown = type switch
        {
            "bytes" => Convert.ToBase64String(value),
            "amounts" => Text(Fields(value).FirstOrDefault(field => field.Number == 1).Bytes ?? []),
            _ => Text(value),
        };
        return KeyValuePair.Create(Text(fields.First(field => field.Number == 1).Bytes), (JsonNode?)shown);
    }

    private static List<Field> Fields(byte[] message)
    {
        List<Field> fields = [];
        for (var at = 0; at < message.Length;)
        {
            var tag = Number(message, ref at);
            if ((tag & 7) == VariableLength)
            {
                fields.Add(new Field((int)(tag >> 3), [], Number(message, ref at)));
                continue;
            }

            var length = (tag & 7) == LengthDelimited ? (int)Number(message, ref at) : throw ApiException.BadRequest("the protobuf has a field of a kind that no object of Kubernetes has");
            if (length < 0 || length > message.Length - at)
                throw ApiException.BadRequest("the protobuf is cut");
            fields.Add(new Field((int)(tag >> 3), message[at..(at + length)], 0));
            at += length;
        }

        return fields;
    }

    private static long Number(byte[] message, ref int at)
    {
        long value = 0;
        for (var shift = 0; at < message.Length; shift += 7)
        {
            var part = message[at++];
            value |= (long)(part & 0x7f) << shift;
            if (part < 0x80)
                break;
        }

        return value;
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private readonly record struct Field(int Number, byte[] Bytes, long Value);
}
