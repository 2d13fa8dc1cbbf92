using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bascule.Protocol;

/// <summary>The header of one frame (RFC 6455 §5.2).</summary>
/// <param name="Reserved">RSV1 to RSV3 as the bits 0x40, 0x20, 0x10.</param>
/// <param name="MaskKey">The four bytes as they lie in memory; 0 when not masked.</param>
/// <param name="PayloadLength">Bytes, 0 to 2^63 − 1, without the mask key.</param>
/// <param name="HeaderLength">Bytes, 2 to 14, with the mask key.</param>
public readonly record struct FrameHeader(
    bool Final, byte Reserved, Opcode Opcode, bool Masked, uint MaskKey, long PayloadLength, int HeaderLength)
{
    public const int MaxLength = 14;

    /// <summary>The longest payload of a control frame (RFC 6455 §5.5).</summary>
    public const int MaxControlPayload = 125;

    /// <summary>RSV1: the message is compressed, when permessage-deflate was agreed (RFC 7692 §6).</summary>
    public const byte Reserved1 = 0x40;

    private const byte FinalBit = 0x80;
    private const byte MaskBit = 0x80;
    private const byte ReservedBits = 0x70;
    private const byte ControlBit = 0x08;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    public bool IsControl => ((byte)Opcode & ControlBit) != 0;

    /// <summary>Header and payload in bytes; stays at the largest number where the sum of both would not fit.</summary>
    public long FrameLength => PayloadLength > long.MaxValue - HeaderLength ? long.MaxValue : HeaderLength + PayloadLength;

    /// <summary>A header whose length fields are in their shortest form.</summary>
    public static FrameHeader For(Opcode opcode, long payloadLength, uint? maskKey, bool final = true, byte reserved = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        var lengthBytes = payloadLength < Length16 ? 0 : payloadLength <= ushort.MaxValue ? 2 : 8;
        var headerLength = 2 + lengthBytes + (maskKey is null ? 0 : 4);
        return new FrameHeader(final, reserved, opcode, maskKey is not null, maskKey.GetValueOrDefault(), payloadLength, headerLength);
    }

    /// <summary>Reads one frame header from the start of <paramref name="input"/>, which may be split anywhere.</summary>
    /// <returns>A fault as soon as the bytes that show it are there. Faults that depend on the direction or on the frames before are the scanner's.</returns>
    /// <remarks>Source: RFC 6455 §5.2. Never allocates.</remarks>
    public static FrameRead TryRead(ReadOnlySpan<byte> input, out FrameHeader header)
    {
        header = default;
        if (input.IsEmpty)
            return FrameRead.NeedMore;
        var fault = FaultOfFirstByte(input[0]);
        if (fault != FrameFault.None)
            return FrameRead.Broken(fault);
        if (input.Length < 2)
            return FrameRead.NeedMore;

        var lengthCode = input[1] & ~MaskBit;
        if ((input[0] & ControlBit) != 0 && lengthCode > MaxControlPayload)
            return FrameRead.Broken(FrameFault.ControlTooLong);
        var lengthBytes = lengthCode switch { Length16 => 2, Length64 => 8, _ => 0 };
        fault = FaultOfLength(input[2..], lengthBytes);
        if (fault != FrameFault.None)
            return FrameRead.Broken(fault);

        var masked = (input[1] & MaskBit) != 0;
        var headerLength = 2 + lengthBytes + (masked ? 4 : 0);
        if (input.Length < headerLength)
            return FrameRead.NeedMore;
        long payloadLength = lengthBytes switch
        {
            0 => lengthCode,
            2 => BinaryPrimitives.ReadUInt16BigEndian(input[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(input[2..]),
        };
        var maskKey = masked ? MemoryMarshal.Read<uint>(input[(2 + lengthBytes)..]) : 0;
        header = new FrameHeader(
            (input[0] & FinalBit) != 0, (byte)(input[0] & ReservedBits), OpcodeOf(input[0]), masked, maskKey, payloadLength, headerLength);
        return FrameRead.Complete;
    }

    /// <summary>Writes the header and returns its length. The payload is the caller's, masked by <see cref="Masking"/> where a key is set.</summary>
    public int Write(Span<byte> destination)
    {
        var lengthBytes = HeaderLength - 2 - (Masked ? 4 : 0);
        var lengthCode = lengthBytes switch { 0 => (byte)PayloadLength, 2 => Length16, _ => Length64 };
        destination[0] = (byte)((Final ? FinalBit : 0) | Reserved | (byte)Opcode);
        destination[1] = (byte)((Masked ? MaskBit : 0) | lengthCode);
        if (lengthBytes == 2)
            BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)PayloadLength);
        else if (lengthBytes == 8)
            BinaryPrimitives.WriteInt64BigEndian(destination[2..], PayloadLength);
        if (Masked)
            MemoryMarshal.Write(destination[(2 + lengthBytes)..], MaskKey);
        return HeaderLength;
    }

    internal static Opcode OpcodeOf(byte first) => (Opcode)(first & 0x0F);

    internal static FrameFault FaultOfFirstByte(byte first) => OpcodeOf(first) switch
    {
        Opcode.Continuation or Opcode.Text or Opcode.Binary => FrameFault.None,
        Opcode.Close or Opcode.Ping or Opcode.Pong => (first & FinalBit) != 0 ? FrameFault.None : FrameFault.ControlFragmented,
        _ => FrameFault.UnknownOpcode,
    };

    // The bytes may still be incomplete. The two faults of a 64-bit length exclude each other, so no split changes which one is found.
    private static FrameFault FaultOfLength(ReadOnlySpan<byte> bytes, int lengthBytes)
    {
        if (lengthBytes == 2 && bytes.Length >= 2 && BinaryPrimitives.ReadUInt16BigEndian(bytes) < Length16)
            return FrameFault.LengthNotShortest;
        if (lengthBytes != 8)
            return FrameFault.None;
        if (bytes.Length >= 1 && bytes[0] >= 0x80)
            return FrameFault.LengthTooLarge;
        return bytes.Length >= 6 && bytes[..6].IndexOfAnyExcept((byte)0) < 0 ? FrameFault.LengthNotShortest : FrameFault.None;
    }
}

/// <summary>How far the reading of one header came: complete, in need of more bytes, or broken by <see cref="Fault"/>.</summary>
public readonly record struct FrameRead
{
    private FrameRead(bool isComplete, FrameFault fault) => (IsComplete, Fault) = (isComplete, fault);

    public static FrameRead Complete => new(true, FrameFault.None);

    public static FrameRead NeedMore => default;

    public bool IsComplete { get; }

    public FrameFault Fault { get; }

    public static FrameRead Broken(FrameFault fault) => new(false, fault);
}
