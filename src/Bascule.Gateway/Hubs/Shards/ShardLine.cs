using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Gateway;

/// <summary>Frames to the other end of a line between a gateway and a shard.</summary>
internal sealed class ShardLine(HandoverLink link)
{
    /// <returns>False when the line is broken, or its other end does not keep up.</returns>
    internal bool Send<T>(byte kind, T message, JsonTypeInfo<T> type, Socket? descriptor = null) => link.Send(kind, JsonSerializer.SerializeToUtf8Bytes(message, type), descriptor);

    internal bool Send(byte kind, ReadOnlyMemory<byte> payload) => link.Send(kind, payload);

    /// <exception cref="JsonException">Gateway and shard are of different versions, or memory is broken: the line is ended.</exception>
    internal static T Read<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(payload.Span, type) ?? throw new JsonException("The frame is null.");
}
