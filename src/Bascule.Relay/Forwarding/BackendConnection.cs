using System.Buffers;
using System.Net.Sockets;

namespace Bascule.Relay;

/// <summary>One HTTP/1.1 connection to a back end, with the bytes that were read and not yet used. Holds no buffer while it waits for bytes.</summary>
internal sealed class BackendConnection(NodeAddress address, Socket socket, Stream stream) : IDisposable
{
    /// <summary>Also the largest head of an answer: 64 KiB, as HttpClient's limit.</summary>
    internal const int BufferBytes = 64 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _moreIsLikely;

    internal NodeAddress Address { get; } = address;

    /// <summary>When it was put aside; a timestamp of the injected clock.</summary>
    internal long IdleSince { get; set; }

    internal ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>
    /// False when the back end has closed it, or sent something that nobody asked for: that would be read as the answer to the next request.
    /// TLS holds nothing back here, because a read of it hands out all whole records that it took from the socket.
    /// </summary>
    internal bool IsQuiet => _start == _end && !socket.Poll(0, SelectMode.SelectRead);

    internal void Consume(int bytes) => _start += bytes;

    internal ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken token) => stream.WriteAsync(bytes, token);

    /// <summary>Waits for more bytes. False at the end of the stream. Only while fewer than <see cref="BufferBytes"/> are unused.</summary>
    internal async ValueTask<bool> FillAsync(CancellationToken token)
    {
        if (_start == _end)
        {
            Release();
            // A read of no bytes waits without a buffer: thousands of idle event streams cost nothing.
            if (!_moreIsLikely)
                _ = await stream.ReadAsync(Memory<byte>.Empty, token);
            _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        }
        else if (_end == BufferBytes)
        {
            Buffered.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end, BufferBytes - _end), token);
        _end += read;
        _moreIsLikely = _end == BufferBytes;
        return read > 0;
    }

    /// <summary>Gives the empty buffer back.</summary>
    internal void Release()
    {
        if (_buffer is null)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _start = _end = 0;
    }

    public void Dispose()
    {
        Release();
        stream.Dispose();
    }
}
