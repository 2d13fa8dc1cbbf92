using System.IO.Pipelines;

namespace Bascule.Gateway;

/// <summary>One end of a pair of pipes, as a stream. The cut ends every read and write of both ends.</summary>
internal sealed class PipeEnd(PipeReader input, PipeWriter output, CancellationToken cut) : Stream
{
    private readonly Stream _input = input.AsStream(leaveOpen: true);
    private readonly Stream _output = output.AsStream(leaveOpen: true);

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
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cut);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cut);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Write asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A pipe has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("A pipe has no length.");

    /// <summary>The other end reads what is there, then the end.</summary>
    internal async Task CompleteAsync()
    {
        await output.CompleteAsync();
        await input.CompleteAsync();
    }
}
