using System.Text.Json;

namespace Bascule.Hub;

/// <summary>The JSON objects of what a stream says (contract/messages.md), without the frame around them.</summary>
internal static class MessageJson
{
    internal static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    internal static readonly JsonEncodedText Topic = JsonEncodedText.Encode("topic");
    internal static readonly JsonEncodedText Cursor = JsonEncodedText.Encode("cursor");
    private static readonly JsonEncodedText MessageType = JsonEncodedText.Encode("message");
    private static readonly JsonEncodedText Key = JsonEncodedText.Encode("key");
    private static readonly JsonEncodedText Sub = JsonEncodedText.Encode("sub");
    private static readonly JsonEncodedText PayloadName = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText Payload64 = JsonEncodedText.Encode("data64");

    internal static void Message(Utf8JsonWriter json, SourceMessage message, string subscription, string cursor)
    {
        json.WriteStartObject();
        json.WriteString(Type, MessageType);
        json.WriteString(Topic, message.Topic);
        json.WriteString(Cursor, cursor);
        if (message.Key is { } key)
            json.WriteString(Key, key);
        if (subscription != message.Topic)
            json.WriteString(Sub, subscription);
        Payload(json, message.Payload.Span);
        json.WriteEndObject();
    }

    /// <summary><c>data</c> or <c>data64</c>.</summary>
    internal static void Payload(Utf8JsonWriter json, ReadOnlySpan<byte> payload)
    {
        switch (Payloads.KindOf(payload))
        {
            case PayloadKind.Json:
                json.WritePropertyName(PayloadName);
                json.WriteRawValue(payload, skipInputValidation: true);
                break;
            case PayloadKind.Text:
                json.WriteString(PayloadName, payload);
                break;
            default:
                json.WriteBase64String(Payload64, payload);
                break;
        }
    }

    internal static void Checkpoint(Utf8JsonWriter json, string subscription, string cursor)
    {
        Start(json, "checkpoint", subscription, cursor);
        json.WriteEndObject();
    }

    internal static void Resumed(Utf8JsonWriter json, string subscription, string cursor, long replayed, ReplaySource source)
    {
        Start(json, "resumed", subscription, cursor);
        json.WriteBoolean("whole", true);
        json.WriteNumber("replayed", replayed);
        json.WriteString("source", source == ReplaySource.Ring ? "ring" : "source");
        json.WriteEndObject();
    }

    internal static void Gap(Utf8JsonWriter json, string subscription, GapReason reason, string? from, string cursor)
    {
        Start(json, "gap", subscription, cursor);
        json.WriteString("reason", GapReasons.NameOf(reason));
        if (from is not null)
            json.WriteString("from", from);
        json.WriteString("advice", GapReasons.AdviceFor(reason));
        json.WriteEndObject();
    }

    private static void Start(Utf8JsonWriter json, string type, string subscription, string cursor)
    {
        json.WriteStartObject();
        json.WriteString(Type, type);
        json.WriteString(Topic, subscription);
        json.WriteString(Cursor, cursor);
    }
}
