using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>The ring that keeps the last output.</summary>
public sealed class OutputRingTests
{
    private const int Capacity = 64 << 10;

    [Fact]
    public void It_keeps_the_last_bytes_and_says_what_is_gone()
    {
        var ring = new OutputRing(Capacity);
        var written = Write(ring, 200_000, 777);

        Assert.Equal((200_000 - Capacity, 200_000), (ring.Start, ring.End));
        Assert.Equal(-1, ring.Read(ring.Start - 1, new byte[10]));
        Assert.Equal(0, ring.Read(ring.End, new byte[10]));
        var kept = new byte[Capacity + 10];
        Assert.Equal(Capacity, ring.Read(ring.Start, kept));
        Assert.Equal(written[^Capacity..], kept[..Capacity]);
    }

    [Fact]
    public void A_piece_larger_than_the_ring_leaves_its_end()
    {
        var ring = new OutputRing(Capacity);
        ring.Append("begin"u8);
        var written = Write(ring, 3 * Capacity, 3 * Capacity);

        var kept = new byte[Capacity];
        Assert.Equal((5 + 2 * Capacity, 5 + 3 * Capacity), (ring.Start, ring.End));
        Assert.Equal(Capacity, ring.Read(ring.Start, kept));
        Assert.Equal(written[^Capacity..], kept);
    }

    [Fact]
    public async Task Who_waits_wakes_with_the_next_byte_or_the_end()
    {
        var ring = new OutputRing(Capacity);
        var first = ring.WaitAsync(0, CancellationToken.None).AsTask();
        var second = ring.WaitAsync(1, CancellationToken.None).AsTask();
        Assert.False(first.IsCompleted);

        ring.Append("x"u8);
        await first.Soon();
        Assert.False(second.IsCompleted);
        ring.Complete();
        await second.Soon();

        Assert.True(ring.WaitAsync(99, CancellationToken.None).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        var ring = new OutputRing(Capacity);
        using var patience = new CancellationTokenSource();
        var wait = ring.WaitAsync(0, patience.Token).AsTask();

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
    }

    [Fact]
    public async Task Readers_beside_a_fast_writer_see_true_bytes_or_a_gap()
    {
        var ring = new OutputRing(Capacity);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadTruth(ring))).ToArray();

        Write(ring, 50_000_000, 4096);
        ring.Complete();

        Assert.All(await Task.WhenAll(readers).Soon(), bytes => Assert.InRange(bytes, 1, 50_000_000));
    }

    [Fact]
    public async Task No_wake_up_is_lost()
    {
        var ring = new OutputRing(Capacity);
        var reader = Task.Run(async () =>
        {
            for (long at = 0; at < 100_000; at = ring.End)
                await ring.WaitAsync(at, CancellationToken.None);
        });

        for (var i = 0; i < 100_000; i++)
            ring.Append("x"u8);

        await reader.Soon();
    }

    private static long ReadTruth(OutputRing ring)
    {
        var buffer = new byte[16 << 10];
        long at = 0, read = 0;
        while (true)
        {
            var isComplete = ring.IsComplete;
            var count = ring.Read(at, buffer);
            if (count < 0)
            {
                at = ring.Start;
                continue;
            }

            for (var i = 0; i < count; i++)
                Assert.Equal(ByteAt(at + i), buffer[i]);
            (at, read) = (at + count, read + count);
            if (count == 0 && isComplete)
                return read;
        }
    }

    private static byte[] Write(OutputRing ring, int bytes, int piece)
    {
        var start = ring.End;
        var all = new byte[bytes];
        for (var i = 0; i < bytes; i++)
            all[i] = ByteAt(start + i);
        for (var at = 0; at < bytes; at += piece)
            ring.Append(all.AsSpan(at, Math.Min(piece, bytes - at)));
        return all;
    }

    /// <summary>A prime, so that no multiple of a chunk has the same bytes again.</summary>
    private static byte ByteAt(long offset) => (byte)(offset % 251);
}
