using System.Buffers.Binary;
using System.Text.Unicode;

namespace Bascule.Protocol;

/// <summary>Writes close, ping and pong frames (RFC 6455 §5.5) into a buffer of the caller.</summary>
public static class ControlFrame
{
    /// <summary>2 bytes of header, 4 of mask key, 125 of payload.</summary>
    public const int MaxLength = 2 + 4 + FrameHeader.MaxControlPayload;

    private const int CodeLength = 2;

    /// <summary>Writes one frame, masked when a key is given, and returns its length. The payload may lie anywhere in the destination.</summary>
    public static int Write(Span<byte> destination, Opcode opcode, ReadOnlySpan<byte> payload, uint? maskKey)
    {
        if (opcode is not (Opcode.Close or Opcode.Ping or Opcode.Pong))
            throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "Not a control frame: give Close, Ping or Pong.");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, FrameHeader.MaxControlPayload, nameof(payload));

        var header = FrameHeader.For(opcode, payload.Length, maskKey);
        var body = destination.Slice(header.HeaderLength, payload.Length);
        payload.CopyTo(body);
        Masking.Apply(body, header.MaskKey);
        header.Write(destination);
        return header.HeaderLength + payload.Length;
    }

    /// <summary>Writes a close frame and returns its length. The reason is cut to 123 bytes between two characters.</summary>
    /// <param name="code">One that <see cref="CloseCodes.MayBeSent"/>, or 0 for an empty payload without reason.</param>
    public static int WriteClose(Span<byte> destination, int code, ReadOnlySpan<char> reason, uint? maskKey)
    {
        if (code == 0)
            return Write(destination, Opcode.Close, default, maskKey);
        if (!CloseCodes.MayBeSent(code))
            throw new ArgumentOutOfRangeException(nameof(code), code, FrameFaults.Text(FrameFault.CloseCodeForbidden));

        Span<byte> payload = stackalloc byte[FrameHeader.MaxControlPayload];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        // Too small a destination is no error here: whole characters are written as far as they fit.
        Utf8.FromUtf16(reason, payload[CodeLength..], out _, out var reasonLength);
        return Write(destination, Opcode.Close, payload[..(CodeLength + reasonLength)], maskKey);
    }
}
