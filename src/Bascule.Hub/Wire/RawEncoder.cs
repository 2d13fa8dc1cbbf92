using System.Buffers;
using System.Text.Unicode;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>The payload alone, for clients that know nothing of us: they get messages and nothing else.</summary>
internal sealed class RawEncoder(bool deflate) : IFrameEncoder
{
    public void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor)
    {
        var payload = message.Payload.Span;
        FrameText.Write(to, Utf8.IsValid(payload) ? Opcode.Text : Opcode.Binary, payload, deflate);
    }

    public void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor)
    {
    }

    public void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source)
    {
    }

    public void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor)
    {
    }
}
