using System.Runtime.CompilerServices;

namespace Bascule.Relay;

/// <summary>One WebSocket in an HTTP/2 connection as a stream: what is written goes out at once.</summary>
/// <remarks>Disposing ends the stream in HTTP/2: END_STREAM, and RST_STREAM with CANCEL too while the node has not ended its part. Unlike a socket it
/// cannot be half closed; a server ends a WebSocket first, though (RFC 6455 §7.1.1).</remarks>
/// <param name="closed">Called once, when it is let go.</param>
internal sealed class Http2Duplex(Stream inner, HttpResponseMessage response, Action closed) : Stream
{
    // Has no timer and no links, so that it needs no disposal.
    private readonly CancellationTokenSource _cut = new();
    private int _disposed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        catch
        {
            // The node reset the stream.
            Dispose();
            throw;
        }
    }

    /// <summary>Also ends when the stream does: a write that waits for its window would not notice by itself.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await inner.WriteAsync(buffer, _cut.Token);
        await inner.FlushAsync(_cut.Token);
    }

    /// <summary>Every write is flushed.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        response.Dispose();
        _cut.Cancel();
        closed();
        base.Dispose(disposing);
    }
}
