using System.Text;
using Bascule.Protocol;

namespace Bascule.Relay.Tests;

/// <summary>A frame as it lay on the wire.</summary>
/// <param name="Payload">Unmasked.</param>
/// <param name="Bytes">Header and payload as they came.</param>
internal sealed record WireFrame(FrameHeader Header, byte[] Payload, byte[] Bytes)
{
    internal Opcode Opcode => Header.Opcode;

    internal string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>What a close frame says.</summary>
    internal (int Code, string Reason) Close
    {
        get
        {
            Assert.Equal(Opcode.Close, Opcode);
            Assert.Equal(FrameFault.None, ClosePayload.TryRead(Payload, out ClosePayload close));
            return (close.Code, close.Reason);
        }
    }

    /// <summary>A frame, masked when a key is given.</summary>
    internal static WireFrame Of(Opcode opcode, ReadOnlySpan<byte> payload, uint? maskKey, bool final = true, byte reserved = 0)
    {
        var header = FrameHeader.For(opcode, payload.Length, maskKey, final, reserved);
        var bytes = new byte[header.HeaderLength + payload.Length];
        header.Write(bytes);
        payload.CopyTo(bytes.AsSpan(header.HeaderLength));
        if (maskKey is { } key)
            Masking.Apply(bytes.AsSpan(header.HeaderLength), key);
        return new WireFrame(header, payload.ToArray(), bytes);
    }
}
