using System.Text;
using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>Reads the one object that kubectl sends as protobuf: the question of <c>auth can-i</c>.</summary>
/// <remarks>Source: k8s.io/apimachinery runtime/serializer/protobuf (envelope) and k8s.io/api authorization/v1 generated.proto (fields).</remarks>
internal static class ProtobufReview
{
    internal const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int LengthDelimited = 2;

    private static readonly string[] AttributeFields = ["", "namespace", "verb", "group", "version", "resource", "subresource", "name"];

    internal static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
            throw ApiException.BadRequest("the body is no protobuf of Kubernetes");
        var raw = Field(body[4..], 2);
        var attributes = new JsonObject();
        var given = Field(Field(raw, 2), 1);
        for (var number = 1; number < AttributeFields.Length; number++)
        {
            if (Field(given, number) is { Length: > 0 } value)
                attributes[AttributeFields[number]] = Encoding.UTF8.GetString(value);
        }

        return new JsonObject
        {
            ["kind"] = "SelfSubjectAccessReview",
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["metadata"] = new JsonObject(),
            ["spec"] = new JsonObject { ["resourceAttributes"] = attributes },
        };
    }

    /// <summary>The bytes of a field; empty when it is missing.</summary>
    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> message, int wanted)
    {
        while (!message.IsEmpty)
        {
            var tag = Number(ref message);
            if ((tag & 7) != LengthDelimited)
            {
                Number(ref message);
                continue;
            }

            var length = (int)Number(ref message);
            if (length < 0 || length > message.Length)
                throw ApiException.BadRequest("the protobuf is cut");
            if (tag >> 3 == wanted)
                return message[..length];
            message = message[length..];
        }

        return [];
    }

    private static long Number(ref ReadOnlySpan<byte> message)
    {
        long value = 0;
        for (var shift = 0; !message.IsEmpty; shift += 7)
        {
            var part = message[0];
            message = message[1..];
            value |= (long)(part & 0x7f) << shift;
            if (part < 0x80)
                break;
        }

        return value;
    }
}
