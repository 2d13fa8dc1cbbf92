using System.Buffers;
using System.IO.Compression;

namespace Bascule.Hub;

/// <summary>What became of a compressed message.</summary>
internal enum InflateResult
{
    Done,
    TooBig,
    Corrupt,
}

/// <summary>Decompresses messages of a client, each by itself (RFC 7692 §7.2.2), never to more than it may be.</summary>
internal static class ClientInflater
{
    private static readonly byte[] Tail = [0x00, 0x00, 0xFF, 0xFF];

    /// <param name="compressed">A buffer with room for four more bytes behind <paramref name="length"/>.</param>
    /// <param name="inflated">From the shared pool when done; the caller returns it.</param>
    internal static InflateResult Inflate(byte[] compressed, int length, long maxBytes, out byte[] inflated, out int inflatedLength)
    {
        inflatedLength = 0;
        Tail.CopyTo(compressed, length);
        using var input = new MemoryStream(compressed, 0, length + Tail.Length, writable: false);
        using var deflate = new DeflateStream(input, CompressionMode.Decompress);
        inflated = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1, Math.Max(256, 4L * length)));
        try
        {
            while (true)
            {
                if (inflatedLength > maxBytes)
                    return Fail(InflateResult.TooBig, ref inflated);
                if (inflatedLength == inflated.Length)
                    Grow(ref inflated, inflatedLength, maxBytes);
                var read = deflate.Read(inflated, inflatedLength, inflated.Length - inflatedLength);
                if (read == 0)
                    return InflateResult.Done;
                inflatedLength += read;
            }
        }
        catch (InvalidDataException)
        {
            return Fail(InflateResult.Corrupt, ref inflated);
        }
    }

    private static void Grow(ref byte[] buffer, int length, long maxBytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1, 2L * length));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private static InflateResult Fail(InflateResult result, ref byte[] buffer)
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        return result;
    }
}
