using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary><c>bascule.v1</c>: one JSON object in one text frame.</summary>
internal sealed class JsonEncoder(bool deflate) : IFrameEncoder
{
    public void Message(IBufferWriter<byte> to, SourceMessage message, string subscription, string cursor)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Message(scratch.Json, message, subscription, cursor);
        FrameText.Write(to, Opcode.Text, scratch.Written(), deflate);
    }

    public void Checkpoint(IBufferWriter<byte> to, string subscription, string cursor)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Checkpoint(scratch.Json, subscription, cursor);
        FrameText.Write(to, Opcode.Text, scratch.Written(), deflate);
    }

    public void Resumed(IBufferWriter<byte> to, string subscription, string cursor, long replayed, ReplaySource source)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Resumed(scratch.Json, subscription, cursor, replayed, source);
        FrameText.Write(to, Opcode.Text, scratch.Written(), deflate);
    }

    public void Gap(IBufferWriter<byte> to, string subscription, GapReason reason, string? from, string cursor)
    {
        var scratch = JsonScratch.Rent();
        MessageJson.Gap(scratch.Json, subscription, reason, from, cursor);
        FrameText.Write(to, Opcode.Text, scratch.Written(), deflate);
    }
}
