namespace Bascule.Relay;

/// <summary>A plain connection on which HTTP/2 is tried without asking: tells by the first bytes of the node whether it speaks it.</summary>
/// <param name="answered">Told once: whether the answer began with a SETTINGS frame, as it must (RFC 9113 §3.4). Before any failure comes through.</param>
internal sealed class Http2Transport(Stream inner, Action<bool> answered) : Stream
{
    /// <summary>Where the type stands in a frame header (RFC 9113 §4.1). In an answer of HTTP/1.1 there is the P of HTTP.</summary>
    private const int TypeAt = 3;
    private const byte Settings = 4;

    private int _seen;
    private bool _told;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _told || buffer.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = 0;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
            return read;
        }
        finally
        {
            if (read == 0)
                Tell(false);
            else if (TypeAt < _seen + read)
                Tell(buffer.Span[TypeAt - _seen] == Settings);
            _seen += read;
        }
    }

    private void Tell(bool isHttp2)
    {
        _told = true;
        answered(isHttp2);
    }

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
