namespace Bascule.Cli.Tests;

/// <summary>An input that cannot be read: a folder, or a terminal that has gone.</summary>
internal sealed class BrokenInput : MemoryStream
{
    internal const string Why = "Is a directory";

    public override int Read(Span<byte> buffer) => throw new IOException(Why);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException(Why);
}
