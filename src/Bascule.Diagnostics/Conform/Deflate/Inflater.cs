using System.Buffers;

namespace Bascule.Diagnostics;

/// <summary>Inflates the messages of one direction (RFC 7692 §7.2.2) and watches how far each reaches back, which no library tells.</summary>
/// <remarks>Its own and simple: the window of an answer must be seen, not only its text.</remarks>
internal sealed class Inflater
{
    private static readonly byte[] Tail = [0x00, 0x00, 0xFF, 0xFF];

    private ArrayBufferWriter<byte> _out = new();
    private byte[] _history = [];

    /// <summary>The farthest distance of a repetition, in bytes, over all messages.</summary>
    internal int Farthest { get; private set; }

    /// <summary>A repetition reached before the beginning of its message.</summary>
    internal bool UsedTakeover { get; private set; }

    /// <param name="payload">All of a message, without the tail of RFC 7692 §7.2.1.</param>
    /// <exception cref="InvalidDataException">These bytes are no DEFLATE; the message says why.</exception>
    internal byte[] Inflate(ReadOnlySpan<byte> payload)
    {
        _out = new ArrayBufferWriter<byte>();
        byte[] input = [.. payload, .. Tail];
        var bits = new BitReader(input);
        while (!bits.AtEnd)
        {
            var final = bits.Take(1) == 1;
            switch (bits.Take(2))
            {
                case 0:
                    Stored(ref bits);
                    break;
                case 1:
                    Compressed(ref bits, HuffmanCode.FixedLiterals, HuffmanCode.FixedDistances);
                    break;
                case 2:
                    Dynamic(ref bits);
                    break;
                default:
                    throw new InvalidDataException("a block of the reserved type 3");
            }

            // After a last block the next one starts at a whole byte (RFC 7692 §7.2.3.4).
            if (final)
                bits.Align();
        }

        var message = _out.WrittenSpan.ToArray();
        byte[] all = [.. _history, .. message];
        _history = all[Math.Max(0, all.Length - DeflateCodes.MaxDistance)..];
        return message;
    }

    private void Stored(ref BitReader bits)
    {
        bits.Align();
        var length = bits.Take(16);
        if (bits.Take(16) != (length ^ 0xFFFF))
            throw new InvalidDataException("a stored block whose lengths do not fit together");
        for (; length > 0; length--)
            Put((byte)bits.Take(8));
    }

    private void Dynamic(ref BitReader bits)
    {
        var literals = bits.Take(5) + 257;
        var distances = bits.Take(5) + 1;
        var count = bits.Take(4) + 4;
        var codeLengths = new int[DeflateCodes.CodeLengthOrder.Length];
        for (var i = 0; i < count; i++)
            codeLengths[DeflateCodes.CodeLengthOrder[i]] = bits.Take(3);

        var code = new HuffmanCode(codeLengths);
        var lengths = new int[literals + distances];
        for (var i = 0; i < lengths.Length;)
        {
            var symbol = code.Read(ref bits);
            var (value, times) = symbol switch
            {
                16 => (i > 0 ? lengths[i - 1] : throw new InvalidDataException("a repetition of nothing"), 3 + bits.Take(2)),
                17 => (0, 3 + bits.Take(3)),
                18 => (0, 11 + bits.Take(7)),
                _ => (symbol, 1),
            };
            for (; times > 0; times--, i++)
            {
                if (i == lengths.Length)
                    throw new InvalidDataException("more code lengths than there are codes");
                lengths[i] = value;
            }
        }

        Compressed(ref bits, new HuffmanCode(lengths.AsSpan(0, literals)), new HuffmanCode(lengths.AsSpan(literals)));
    }

    private void Compressed(ref BitReader bits, HuffmanCode literals, HuffmanCode distances)
    {
        while (true)
        {
            var symbol = literals.Read(ref bits);
            if (symbol == DeflateCodes.EndOfBlock)
                return;
            if (symbol < DeflateCodes.EndOfBlock)
            {
                Put((byte)symbol);
                continue;
            }

            var lengthCode = symbol - DeflateCodes.EndOfBlock - 1;
            if (lengthCode >= DeflateCodes.LengthStart.Length)
                throw new InvalidDataException("a length code that does not exist");
            var length = DeflateCodes.LengthStart[lengthCode] + bits.Take(DeflateCodes.LengthBits[lengthCode]);
            var distanceCode = distances.Read(ref bits);
            if (distanceCode >= DeflateCodes.DistanceStart.Length)
                throw new InvalidDataException("a distance code that does not exist");
            Repeat(length, DeflateCodes.DistanceStart[distanceCode] + bits.Take(DeflateCodes.DistanceBits[distanceCode]));
        }
    }

    private void Repeat(int length, int distance)
    {
        Farthest = Math.Max(Farthest, distance);
        var isBefore = distance > _out.WrittenCount;
        UsedTakeover |= isBefore;
        if (distance > _out.WrittenCount + _history.Length)
            throw new InvalidDataException($"a repetition from {distance} bytes back, where nothing is");
        for (; length > 0; length--)
        {
            var at = _out.WrittenCount - distance;
            Put(at >= 0 ? _out.WrittenSpan[at] : _history[_history.Length + at]);
        }
    }

    private void Put(byte value)
    {
        if (_out.WrittenCount == FrameSeen.MaxPayload)
            throw new InvalidDataException($"a message of more than {FrameSeen.MaxPayload} bytes");
        _out.GetSpan(1)[0] = value;
        _out.Advance(1);
    }
}
