using System.IO.Compression;

namespace Bascule.Hub;

/// <summary>Compresses a message for permessage-deflate without context takeover (RFC 7692 §7.2.1), so that the result fits every client that agreed to it.</summary>
internal static class RawDeflater
{
    /// <summary>Below it, deflate makes JSON larger or saves a few bytes at most: no saving pays for the work of every reader.</summary>
    private const int LeastBytes = 64;

    /// <summary>What a flush ends with; the reader puts it back (RFC 7692 §7.2.1).</summary>
    private const int TailBytes = 4;

    /// <summary>One large message must not hold memory for the life of a thread.</summary>
    private const int KeptBytes = 1 << 20;

    [ThreadStatic]
    private static MemoryStream? t_output;

    /// <returns>False when it would not be smaller.</returns>
    /// <param name="compressed">Valid until the next call on this thread.</param>
    internal static bool TryCompress(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> compressed)
    {
        compressed = default;
        if (payload.Length < LeastBytes)
            return false;
        var output = t_output is { Capacity: <= KeptBytes } kept ? kept : t_output = new MemoryStream();
        output.SetLength(0);
        using (var deflate = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(payload);
            deflate.Flush();
            var length = (int)output.Length - TailBytes;
            if (length >= payload.Length)
                return false;
            compressed = output.GetBuffer().AsSpan(0, length);
        }

        // Disposing wrote behind the end of the message; the bytes before stay where they are unless the buffer had to grow.
        compressed = output.GetBuffer().AsSpan(0, compressed.Length);
        return true;
    }
}
