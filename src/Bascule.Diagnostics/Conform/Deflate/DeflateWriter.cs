namespace Bascule.Diagnostics;

/// <summary>Writes DEFLATE block by block (RFC 1951), so that a case chooses the blocks and how far a repetition reaches back.</summary>
internal sealed class DeflateWriter
{
    private readonly List<byte> _bytes = [];
    private int _bit = 8;

    /// <summary>A stored block: the bytes as they are.</summary>
    internal DeflateWriter Stored(ReadOnlySpan<byte> bytes, bool final = false)
    {
        Bits(final ? 1 : 0, 3);
        _bit = 8;
        _bytes.AddRange([(byte)bytes.Length, (byte)(bytes.Length >> 8), (byte)~bytes.Length, (byte)(~bytes.Length >> 8)]);
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A block with the fixed code: these bytes, then repetitions, then its end.</summary>
    /// <param name="repeats">Length (3 to 258) and distance (1 to 32768) of each.</param>
    internal DeflateWriter Fixed(ReadOnlySpan<byte> bytes, bool final = false, params ReadOnlySpan<(int Length, int Distance)> repeats)
    {
        Bits(final ? 0b011 : 0b010, 3);
        foreach (var value in bytes)
            Symbol(value);
        foreach (var (length, distance) in repeats)
            Repeat(length, distance);
        Symbol(DeflateCodes.EndOfBlock);
        // What follows a last block starts at a whole byte (RFC 7692 §7.2.3.4).
        if (final)
            _bit = 8;
        return this;
    }

    /// <summary>A block of the type that RFC 1951 reserves: nobody can read it.</summary>
    internal DeflateWriter Reserved()
    {
        Bits(0b110, 3);
        return this;
    }

    /// <summary>The payload of a message: with an empty stored block at its end, but without the four bytes that RFC 7692 §7.2.1 removes.</summary>
    internal byte[] ToMessage()
    {
        Bits(0, 3);
        return [.. _bytes];
    }

    private void Repeat(int length, int distance)
    {
        var code = Array.FindLastIndex(DeflateCodes.LengthStart, start => start <= length);
        Symbol(DeflateCodes.EndOfBlock + 1 + code);
        Bits(length - DeflateCodes.LengthStart[code], DeflateCodes.LengthBits[code]);
        code = Array.FindLastIndex(DeflateCodes.DistanceStart, start => start <= distance);
        Code(code, 5);
        Bits(distance - DeflateCodes.DistanceStart[code], DeflateCodes.DistanceBits[code]);
    }

    private void Symbol(int symbol)
    {
        var start = symbol switch { < 144 => 0x30, < 256 => 0x190 - 144, < 280 => -256, _ => 0xC0 - 280 };
        Code(start + symbol, DeflateCodes.FixedLength(symbol));
    }

    // Huffman codes stand with their most significant bit first, all else with the least (RFC 1951 §3.1.1).
    private void Code(int code, int count)
    {
        for (var i = count - 1; i >= 0; i--)
            Bits((code >> i) & 1, 1);
    }

    private void Bits(int value, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (_bit == 8)
            {
                _bytes.Add(0);
                _bit = 0;
            }

            _bytes[^1] |= (byte)(((value >> i) & 1) << _bit++);
        }
    }
}
