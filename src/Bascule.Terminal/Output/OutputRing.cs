namespace Bascule.Terminal;

/// <summary>The last bytes of one stream, numbered since its start. One writes, any number read; none of them waits for another.</summary>
public sealed class OutputRing(int capacity)
{
    public int Capacity { get; } = capacity;

    /// <summary>Offset of the first byte that is still here.</summary>
    public long Start => throw new NotImplementedException();

    /// <summary>Offset of the byte that comes next.</summary>
    public long End => throw new NotImplementedException();

    /// <summary>No more will come.</summary>
    public bool IsComplete => throw new NotImplementedException();

    /// <returns>Bytes read, 0 when there are none beyond <paramref name="from"/>, -1 when the first of them is gone.</returns>
    public int Read(long from, Span<byte> to) => throw new NotImplementedException();

    /// <summary>Until <see cref="End"/> is above <paramref name="beyond"/>, or the ring is complete.</summary>
    public ValueTask WaitAsync(long beyond, CancellationToken cancellation) => throw new NotImplementedException();

    internal void Append(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    internal void Complete() => throw new NotImplementedException();
}
