using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bascule.Terminal;

/// <summary>Writes what the server of bascule.term.v1 sends.</summary>
public static class ServerFrames
{
    /// <summary>Channel and offset before the bytes of an output frame.</summary>
    public const int OutputHeaderBytes = 1 + sizeof(ulong);

    /// <summary>Channel and stream before the bytes of a replay frame.</summary>
    public const int ReplayHeaderBytes = 2;

    /// <summary>A sign of life: a ping without a number.</summary>
    public static readonly ReadOnlyMemory<byte> Life = new byte[] { TermChannel.Ping };

    public static void WriteOutputHeader(Span<byte> frame, byte channel, long offset)
    {
        frame[0] = channel;
        BinaryPrimitives.WriteUInt64BigEndian(frame[1..], (ulong)offset);
    }

    public static void WriteReplayHeader(Span<byte> frame, byte channel)
    {
        frame[0] = TermChannel.Replay;
        frame[1] = channel;
    }

    public static byte[] Attached(AttachedFrame frame) => Json(TermChannel.Attached, frame, WireJson.Default.AttachedFrame);

    public static byte[] Snapshot(SnapshotFrame frame) => Json(TermChannel.Snapshot, frame, WireJson.Default.SnapshotFrame);

    public static byte[] Exit(ExitFrame frame) => Json(TermChannel.Exit, frame, WireJson.Default.ExitFrame);

    public static byte[] Notice(NoticeFrame frame) => Json(TermChannel.Notice, frame, NoticeJson.Default.NoticeFrame);

    /// <summary>So many bytes of the connection's stdin were taken.</summary>
    public static byte[] InputAck(long bytes)
    {
        var frame = new byte[2 + sizeof(ulong)];
        frame[0] = TermChannel.Ack;
        frame[1] = TermChannel.Input;
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)bytes);
        return frame;
    }

    public static byte[] Pong(ulong number)
    {
        var frame = new byte[1 + sizeof(ulong)];
        frame[0] = TermChannel.Ping;
        BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(1), number);
        return frame;
    }

    private static byte[] Json<T>(byte channel, T value, JsonTypeInfo<T> type) => [channel, .. JsonSerializer.SerializeToUtf8Bytes(value, type)];
}
