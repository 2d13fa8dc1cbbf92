using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Bascule.Hub;

namespace Bascule.Gateway;

/// <summary>Messages of the local log as they go from a gateway to its shards: so many that JSON would cost.</summary>
internal static class MessageFrames
{
    private const int FixedBytes = 8 + 8 + 8 + 4 + 4 + 4;

    internal static byte[] Write(ReadOnlySpan<SourceMessage> batch)
    {
        var to = new ArrayBufferWriter<byte>(256);
        foreach (var message in batch)
        {
            var topic = Encoding.UTF8.GetByteCount(message.Topic);
            var key = message.Key is null ? -1 : Encoding.UTF8.GetByteCount(message.Key);
            var span = to.GetSpan(FixedBytes + topic + Math.Max(0, key) + message.Payload.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(span, message.Position.Log.Value);
            BinaryPrimitives.WriteInt64LittleEndian(span[8..], message.Position.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(span[16..], message.At.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteInt32LittleEndian(span[24..], topic);
            BinaryPrimitives.WriteInt32LittleEndian(span[28..], key);
            BinaryPrimitives.WriteInt32LittleEndian(span[32..], message.Payload.Length);
            var at = FixedBytes;
            at += Encoding.UTF8.GetBytes(message.Topic, span[at..]);
            if (message.Key is not null)
                at += Encoding.UTF8.GetBytes(message.Key, span[at..]);
            message.Payload.Span.CopyTo(span[at..]);
            to.Advance(at + message.Payload.Length);
        }

        return to.WrittenSpan.ToArray();
    }

    internal static List<SourceMessage> Read(ReadOnlyMemory<byte> frame)
    {
        List<SourceMessage> batch = [];
        while (frame.Length > 0)
        {
            var span = frame.Span;
            var topicBytes = BinaryPrimitives.ReadInt32LittleEndian(span[24..]);
            var keyBytes = BinaryPrimitives.ReadInt32LittleEndian(span[28..]);
            var payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(span[32..]);
            var at = FixedBytes;
            var topic = Encoding.UTF8.GetString(span.Slice(at, topicBytes));
            at += topicBytes;
            var key = keyBytes < 0 ? null : Encoding.UTF8.GetString(span.Slice(at, keyBytes));
            at += Math.Max(0, keyBytes);
            batch.Add(new SourceMessage(
                topic, key, span.Slice(at, payloadBytes).ToArray(), new Position(new LogId(BinaryPrimitives.ReadUInt64LittleEndian(span)), 0, BinaryPrimitives.ReadInt64LittleEndian(span[8..])),
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(span[16..]))));
            frame = frame[(at + payloadBytes)..];
        }

        return batch;
    }
}
