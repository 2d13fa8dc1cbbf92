namespace Bascule.Diagnostics;

/// <summary>A canonical Huffman code (RFC 1951 §3.2.2), read bit by bit: slow, short, and easy to check.</summary>
internal sealed class HuffmanCode
{
    private const int MaxBits = 15;

    private readonly int[] _counts = new int[MaxBits + 1];
    private readonly int[] _symbols;

    /// <param name="lengths">Bits of the code of each symbol; 0 for one that does not occur.</param>
    internal HuffmanCode(ReadOnlySpan<int> lengths)
    {
        foreach (var length in lengths)
            _counts[length]++;
        Span<int> offsets = stackalloc int[MaxBits + 2];
        for (var bits = 1; bits <= MaxBits; bits++)
            offsets[bits + 1] = offsets[bits] + _counts[bits];
        _symbols = new int[lengths.Length];
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
                _symbols[offsets[lengths[symbol]]++] = symbol;
        }

        _counts[0] = 0;
    }

    internal static HuffmanCode FixedLiterals { get; } = new([.. Enumerable.Range(0, 288).Select(DeflateCodes.FixedLength)]);

    internal static HuffmanCode FixedDistances { get; } = new([.. Enumerable.Repeat(5, 30)]);

    /// <exception cref="InvalidDataException">No symbol has this code, or the input ends.</exception>
    internal int Read(ref BitReader bits)
    {
        var (code, first, index) = (0, 0, 0);
        for (var length = 1; length <= MaxBits; length++)
        {
            code |= bits.Take(1);
            var count = _counts[length];
            if (code - first < count)
                return _symbols[index + code - first];
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        throw new InvalidDataException("a Huffman code that no symbol has");
    }
}

/// <summary>Bits from the least significant on, as RFC 1951 §3.1.1 packs them.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> input)
{
    private readonly ReadOnlySpan<byte> _input = input;
    private int _at;

    /// <summary>No whole byte is left.</summary>
    internal readonly bool AtEnd => (_at + 7) / 8 >= _input.Length;

    internal int Take(int count)
    {
        var value = 0;
        for (var i = 0; i < count; i++, _at++)
        {
            if (_at / 8 >= _input.Length)
                throw new InvalidDataException("compressed data that ends too early");
            value |= ((_input[_at / 8] >> (_at % 8)) & 1) << i;
        }

        return value;
    }

    internal void Align() => _at = (_at + 7) / 8 * 8;
}
