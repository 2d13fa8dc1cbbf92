using System.Buffers;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Puts payloads into frames of a server: whole, unmasked, compressed where that is agreed and makes them smaller.</summary>
internal static class FrameText
{
    internal static void Write(IBufferWriter<byte> to, Opcode opcode, ReadOnlySpan<byte> payload, bool deflate)
    {
        byte reserved = 0;
        if (deflate && RawDeflater.TryCompress(payload, out var compressed))
        {
            payload = compressed;
            reserved = FrameHeader.Reserved1;
        }

        var header = FrameHeader.For(opcode, payload.Length, maskKey: null, reserved: reserved);
        var frame = to.GetSpan(header.HeaderLength + payload.Length);
        header.Write(frame);
        payload.CopyTo(frame[header.HeaderLength..]);
        to.Advance(header.HeaderLength + payload.Length);
    }
}
