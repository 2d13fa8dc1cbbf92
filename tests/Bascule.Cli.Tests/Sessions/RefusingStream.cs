namespace Bascule.Cli.Tests;

/// <summary>An output as bytes that cannot be written, for the reason of the system.</summary>
internal sealed class RefusingStream(string why, int error) : MemoryStream
{
    internal static RefusingStream Full => new("No space left on device.", 28);

    internal static RefusingStream ReaderGone => new("Broken pipe", 32);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException(why, error);
}
