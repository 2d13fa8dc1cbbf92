using System.IO.Pipelines;

namespace Bascule.Gateway;

/// <summary>One end of a pair of pipes, as a stream. The cut ends every read and write of both ends.</summary>
internal sealed class PipeEnd(PipeReader input, PipeWriter output, CancellationToken cut) : Stream
{
    private readonly Stream _input = input.AsStream(leaveOpen: true);
    private readonly Stream _output = output.AsStream(leaveOpen: true);

    /// <summary>Read before the pipe is.</summary>
    private ReadOnlyMemory<byte> _returned;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException("A pipe has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A pipe has no position.");
        set => throw new NotSupportedException("A pipe has no position.");
    }

    /// <remarks>The caller's token is not looked at: both callers end by the cut.</remarks>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_returned.IsEmpty || buffer.IsEmpty)
            return _input.ReadAsync(buffer, cut);
        var count = Math.Min(buffer.Length, _returned.Length);
        _returned[..count].CopyTo(buffer);
        _returned = _returned[count..];
        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cut);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A pipe has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("A pipe has no length.");

    /// <summary>Reads, and may be called off: nothing is lost then.</summary>
    internal async ValueTask<int> ReadUntilAsync(Memory<byte> buffer, CancellationToken over)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, over);
        return await _input.ReadAsync(buffer, either.Token);
    }

    /// <summary>What was read is read again, before all else.</summary>
    internal void Return(ReadOnlyMemory<byte> bytes) => _returned = bytes;

    /// <summary>The other end reads what is there, then the end.</summary>
    internal async Task CompleteAsync()
    {
        await output.CompleteAsync();
        await input.CompleteAsync();
    }
}
