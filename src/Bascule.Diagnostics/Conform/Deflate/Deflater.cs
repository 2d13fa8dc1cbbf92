using System.IO.Compression;

namespace Bascule.Diagnostics;

/// <summary>Compresses the messages of one direction with zlib: its window is 2^15 bytes, and it keeps the context from message to message.</summary>
internal sealed class Deflater : IDisposable
{
    private const int TailBytes = 4;

    private readonly MemoryStream _out = new();
    private readonly DeflateStream _stream;

    internal Deflater(CompressionLevel level = CompressionLevel.Optimal) => _stream = new DeflateStream(_out, level, leaveOpen: true);

    /// <summary>The payload of a message, without the tail that RFC 7692 §7.2.1 removes.</summary>
    internal byte[] Deflate(ReadOnlySpan<byte> message)
    {
        // zlib writes nothing for nothing; an empty message is an empty stored block (RFC 7692 §7.2.3.6).
        if (message.IsEmpty)
            return [0];
        _out.SetLength(0);
        _stream.Write(message);
        _stream.Flush();
        return _out.ToArray()[..^TailBytes];
    }

    public void Dispose()
    {
        _stream.Dispose();
        _out.Dispose();
    }
}
