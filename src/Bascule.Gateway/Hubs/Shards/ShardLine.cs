using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Gateway;

/// <summary>Frames to the other end of a line between a gateway and a shard.</summary>
internal static class ShardLine
{
    /// <returns>False when the line is over, or its other end does not keep up. Then the line is ended: a frame that is left out would never be missed.</returns>
    internal static bool Say<T>(this HandoverLink? link, byte kind, T message, JsonTypeInfo<T> type) =>
        link.Say(kind, Write(message, type));

    internal static byte[] Write<T>(T message, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(message, type);

    /// <inheritdoc cref="Say{T}"/>
    internal static bool Say(this HandoverLink? link, byte kind, byte[] payload)
    {
        if (link is null)
            return false;
        var sent = link.Send(kind, payload);
        if (sent == HandoverSend.Full)
            link.Close("the other side does not keep up");
        return sent == HandoverSend.Queued;
    }

    internal static string UnknownKind(byte kind) => $"it sent a frame of the unknown kind {kind}";

    /// <exception cref="JsonException">Gateway and shard are of different versions, or memory is broken: the line is ended.</exception>
    internal static T Read<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(payload.Span, type) ?? throw new JsonException("The frame is null.");
}
