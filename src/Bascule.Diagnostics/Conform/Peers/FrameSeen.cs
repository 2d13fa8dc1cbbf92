using System.Buffers.Binary;
using System.Text;
using Bascule.Protocol;

namespace Bascule.Diagnostics;

/// <summary>A frame that came, with all bits of its header and its payload without mask.</summary>
/// <param name="Reserved">RSV1 to RSV3 as the bits 0x40, 0x20, 0x10.</param>
/// <param name="Opcode">0 to 15.</param>
/// <param name="IsShortest">Its length was written in as few bytes as possible (RFC 6455 §5.2).</param>
public sealed record FrameSeen(bool Final, byte Reserved, int Opcode, bool Masked, bool IsShortest, byte[] Payload)
{
    /// <summary>What is kept of one frame; the largest case sends a quarter of it.</summary>
    public const int MaxPayload = 64 * 1024 * 1024;

    public bool IsControl => Opcode >= 8;

    /// <summary>What a close frame says; code 0 for one without a code. Null for another frame, or a payload that cannot be read.</summary>
    public ClosePayload? Close => Opcode == 8 && ClosePayload.TryRead(Payload, out ClosePayload close) == FrameFault.None ? close : null;

    /// <summary>For a person: <c>text "hello"</c>, <c>ping of 125 bytes</c>, <c>close 1002 "bad opcode"</c>.</summary>
    public override string ToString()
    {
        var name = Opcode switch { 0 => "continuation", 1 => "text", 2 => "binary", 8 => "close", 9 => "ping", 10 => "pong", _ => $"frame with opcode {Opcode}" };
        var marks = (Final || IsControl ? "" : ", not final") + (Final || !IsControl ? "" : ", fragmented") + (Reserved == 0 ? "" : $", reserved bits 0x{Reserved:x2}");
        return name + " " + Body() + marks;
    }

    /// <summary>Reads the first frame of what has come.</summary>
    /// <param name="taken">Bytes of the frame; 0 while it is not whole.</param>
    /// <returns>False when it is longer than <see cref="MaxPayload"/>.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> input, out FrameSeen? frame, out int taken)
    {
        frame = null;
        taken = 0;
        if (input.Length < 2)
            return true;
        var code = input[1] & 0x7F;
        var lengthBytes = code switch { 126 => 2, 127 => 8, _ => 0 };
        var masked = (input[1] & 0x80) != 0;
        var head = 2 + lengthBytes + (masked ? 4 : 0);
        if (input.Length < head)
            return true;
        var length = lengthBytes switch { 0 => (ulong)code, 2 => BinaryPrimitives.ReadUInt16BigEndian(input[2..]), _ => BinaryPrimitives.ReadUInt64BigEndian(input[2..]) };
        if (length > MaxPayload)
            return false;
        if (input.Length < head + (int)length)
            return true;

        var payload = input.Slice(head, (int)length).ToArray();
        if (masked)
            Masking.Apply(payload, BitConverter.ToUInt32(input[(head - 4)..]));
        var isShortest = lengthBytes switch { 0 => true, 2 => length > 125, _ => length > ushort.MaxValue };
        frame = new FrameSeen((input[0] & 0x80) != 0, (byte)(input[0] & 0x70), input[0] & 0x0F, masked, isShortest, payload);
        taken = head + (int)length;
        return true;
    }

    private string Body()
    {
        const int shown = 40;
        if (Opcode == 8 && Close is { } close)
            return close.Code == 0 ? "without a code" : close.Reason.Length == 0 ? $"{close.Code}" : $"{close.Code} \"{close.Reason}\"";
        if (Opcode == 8)
            return $"with the payload {Convert.ToHexStringLower(Payload.AsSpan(0, Math.Min(Payload.Length, shown)))}, which is not allowed";
        if (Opcode == 1 && Payload.Length is > 0 and <= shown && Payload.All(b => b is >= 0x20 and < 0x7F))
            return $"\"{Encoding.ASCII.GetString(Payload)}\"";
        return Payload.Length == 1 ? "of 1 byte" : $"of {Payload.Length} bytes";
    }
}
