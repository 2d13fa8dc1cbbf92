using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bascule.Protocol;

/// <summary>The mask of RFC 6455 §5.3: masking and unmasking are the same.</summary>
public static class Masking
{
    /// <summary>Masks or unmasks in place.</summary>
    /// <param name="key">The four bytes as they lie in memory: <see cref="FrameHeader.MaskKey"/>.</param>
    /// <param name="offset">Place of the first byte within the payload of its frame, in bytes.</param>
    public static void Apply(Span<byte> data, uint key, long offset = 0)
    {
        if (key == 0)
            return;
        var shift = 8 * (int)(offset & 3);
        var turned = BitConverter.IsLittleEndian ? BitOperations.RotateRight(key, shift) : BitOperations.RotateLeft(key, shift);

        // Every step is a multiple of four bytes, so the key keeps its turn from one loop to the next.
        var wide = new Vector<uint>(turned);
        var vectors = MemoryMarshal.Cast<byte, Vector<uint>>(data);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] ^= wide;

        data = data[(vectors.Length * Unsafe.SizeOf<Vector<uint>>())..];
        var words = MemoryMarshal.Cast<byte, uint>(data);
        for (var i = 0; i < words.Length; i++)
            words[i] ^= turned;

        data = data[(words.Length * sizeof(uint))..];
        for (var i = 0; i < data.Length; i++)
        {
            data[i] ^= (byte)(BitConverter.IsLittleEndian ? turned : turned >> 24);
            turned = BitConverter.IsLittleEndian ? turned >> 8 : turned << 8;
        }
    }
}
