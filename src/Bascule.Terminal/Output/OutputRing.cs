namespace Bascule.Terminal;

/// <summary>The last bytes of one stream, numbered since its start. One writes, any number read; none of them waits for another.</summary>
/// <remarks>What a reader copies may be overwritten meanwhile: it looks afterwards whether it was. Memory is taken as bytes come, so an idle terminal has little.</remarks>
public sealed class OutputRing
{
    private const int ChunkBytes = 16 << 10;

    private readonly byte[]?[] _chunks;
    private long _start;
    private long _end;
    private bool _isComplete;
    private TaskCompletionSource? _more;

    /// <param name="capacity">Bytes that are kept; rounded up to a multiple of 16 KiB.</param>
    public OutputRing(int capacity)
    {
        _chunks = new byte[]?[(Math.Max(capacity, 1) + ChunkBytes - 1) / ChunkBytes];
        Capacity = _chunks.Length * ChunkBytes;
    }

    public int Capacity { get; }

    /// <summary>Offset of the first byte that is still here.</summary>
    public long Start => Volatile.Read(ref _start);

    /// <summary>Offset of the byte that comes next.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>No more will come.</summary>
    public bool IsComplete => Volatile.Read(ref _isComplete);

    /// <returns>Bytes read, 0 when there are none beyond <paramref name="from"/>, -1 when the first of them is gone.</returns>
    public int Read(long from, Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        var end = End;
        if (from < Start)
            return -1;
        var count = (int)Math.Clamp(end - from, 0, to.Length);
        for (var done = 0; done < count; )
        {
            var part = Part(from + done, count - done);
            // Null: overwriting has not begun, and what comes first is not here yet, so the start has moved on.
            if (_chunks[part.Chunk] is not { } chunk)
                return -1;
            chunk.AsSpan(part.At, part.Bytes).CopyTo(to[done..]);
            done += part.Bytes;
        }

        // The writer moves the start before it overwrites; so a start that is still at or below the first byte says that the copy is whole.
        Interlocked.MemoryBarrier();
        return from < Start ? -1 : count;
    }

    /// <summary>Until <see cref="End"/> is above <paramref name="beyond"/>, or the ring is complete.</summary>
    public ValueTask WaitAsync(long beyond, CancellationToken cancellation) =>
        IsThere(beyond) ? ValueTask.CompletedTask : new ValueTask(WaitForMoreAsync(beyond, cancellation));

    /// <summary>One thread at a time.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        var end = _end;
        // What would be overwritten by the rest of the same piece is not written at all.
        if (bytes.Length > Capacity)
        {
            end += bytes.Length - Capacity;
            bytes = bytes[^Capacity..];
        }

        Volatile.Write(ref _start, Math.Max(_start, end + bytes.Length - Capacity));
        Interlocked.MemoryBarrier();
        while (!bytes.IsEmpty)
        {
            var part = Part(end, bytes.Length);
            bytes[..part.Bytes].CopyTo((_chunks[part.Chunk] ??= new byte[ChunkBytes]).AsSpan(part.At));
            bytes = bytes[part.Bytes..];
            end += part.Bytes;
        }

        Volatile.Write(ref _end, end);
        Tell();
    }

    internal void Complete()
    {
        Volatile.Write(ref _isComplete, true);
        Tell();
    }

    private bool IsThere(long beyond) => End > beyond || IsComplete;

    private (int Chunk, int At, int Bytes) Part(long offset, int most)
    {
        var place = (int)(offset % Capacity);
        var at = place % ChunkBytes;
        return (place / ChunkBytes, at, Math.Min(most, ChunkBytes - at));
    }

    /// <summary>All who wait share one task: it is made by the first of them and used up by the next bytes.</summary>
    private async Task WaitForMoreAsync(long beyond, CancellationToken cancellation)
    {
        while (!IsThere(beyond))
        {
            var more = Volatile.Read(ref _more);
            if (more is null)
            {
                var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                more = Interlocked.CompareExchange(ref _more, made, null) ?? made;
            }

            // Looked at after the task is to be seen; the writer looks for the task after it moved the end. One of the two sees the other.
            Interlocked.MemoryBarrier();
            if (IsThere(beyond))
                return;
            await more.Task.WaitAsync(cancellation);
        }
    }

    private void Tell()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _more) is not null)
            Interlocked.Exchange(ref _more, null)?.TrySetResult();
    }
}
