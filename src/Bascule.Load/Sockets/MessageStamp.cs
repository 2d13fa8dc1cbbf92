using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>Whether a message is one of ours, as it was sent.</summary>
public enum StampRead
{
    Good,

    /// <summary>It looks like one of ours, and is not what was sent.</summary>
    Corrupt,

    /// <summary>It looks like none of ours: the server says something of its own.</summary>
    Foreign,
}

/// <summary>Numbers messages so that each echo can be told from every other. Text, so that servers of text and of binary messages both return it:
/// connection and sequence in 8 hexadecimal digits each, filler that follows from both, a CRC-32C of all that in 8 digits.</summary>
public static class MessageStamp
{
    private const int Digits = 8;
    private const int FillerStart = 2 * Digits;
    private static readonly StandardFormat Hex = new('x', Digits);

    /// <summary>Bytes of the masked frame around a message.</summary>
    public static int FrameLength(int size) => (int)FrameHeader.For(Opcode.Text, size, maskKey: 1).FrameLength;

    /// <summary>Writes a whole masked text frame and returns its length. Allocates nothing.</summary>
    /// <param name="size">Bytes of the message, <see cref="LoadPlan.SmallestMessage"/> at least.</param>
    public static int WriteFrame(Span<byte> destination, int size, uint connection, uint sequence, uint maskKey)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, LoadPlan.SmallestMessage);
        var header = FrameHeader.For(Opcode.Text, size, maskKey);
        var message = destination.Slice(header.HeaderLength, size);
        Utf8Formatter.TryFormat(connection, message, out _, Hex);
        Utf8Formatter.TryFormat(sequence, message[Digits..], out _, Hex);
        Fill(message[FillerStart..^Digits], connection, sequence);
        WriteChecksum(message[..^Digits], message[^Digits..]);
        Masking.Apply(message, maskKey);
        return header.Write(destination) + size;
    }

    /// <summary>Reads a message; what cannot be read of the numbers is 0.</summary>
    public static StampRead Read(ReadOnlySpan<byte> payload, out uint connection, out uint sequence)
    {
        (connection, sequence) = (0, 0);
        if (payload.Length < Digits)
            return StampRead.Foreign;
        var hasConnection = TryDigits(payload, out connection);
        var hasSequence = TryDigits(payload[Math.Min(Digits, payload.Length - Digits)..], out sequence);
        if (payload.Length >= LoadPlan.SmallestMessage && hasConnection && hasSequence)
        {
            // Compared as text: another case of its letters would be another message.
            Span<byte> checksum = stackalloc byte[Digits];
            WriteChecksum(payload[..^Digits], checksum);
            if (checksum.SequenceEqual(payload[^Digits..]))
                return StampRead.Good;
        }

        // One part may be what was corrupted; nothing else has two of them.
        return (hasConnection ? 1 : 0) + (hasSequence ? 1 : 0) + (TryDigits(payload[^Digits..], out _) ? 1 : 0) >= 2 ? StampRead.Corrupt : StampRead.Foreign;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out uint value) =>
        Utf8Parser.TryParse(text[..Digits], out value, out var consumed, 'x') && consumed == Digits;

    /// <summary>Every byte is 0x40 to 0x5F: letters and their neighbours.</summary>
    private static void Fill(Span<byte> filler, uint connection, uint sequence)
    {
        const ulong low = 0x1F1F1F1F1F1F1F1F, high = 0x4040404040404040, odd = 0x9E3779B97F4A7C15;
        var state = (((ulong)connection << 32) | sequence) * odd;
        Span<byte> last = stackalloc byte[sizeof(ulong)];
        while (!filler.IsEmpty)
        {
            state += odd;
            var mixed = (state ^ (state >> 29)) * odd;
            BinaryPrimitives.WriteUInt64LittleEndian(last, ((mixed ^ (mixed >> 32)) & low) | high);
            var count = Math.Min(filler.Length, last.Length);
            last[..count].CopyTo(filler);
            filler = filler[count..];
        }
    }

    private static void WriteChecksum(ReadOnlySpan<byte> bytes, Span<byte> digits)
    {
        var sum = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            sum = BitOperations.Crc32C(sum, b);
        Utf8Formatter.TryFormat(~sum, digits, out _, Hex);
    }
}
