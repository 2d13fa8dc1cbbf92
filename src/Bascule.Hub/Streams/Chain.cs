namespace Bascule.Hub;

/// <summary>A stream in one format, as it goes over the wire: a list of blocks, to whose end the shard appends while readers are anywhere in it. Written under the shard's lock.
/// It holds what its slowest reader may still be given; older blocks are cut off, and live as long as a reader is in them.</summary>
internal sealed class Chain
{
    /// <summary>A quiet topic has small blocks. A block stays below the size at which the collector treats objects as large (85,000 bytes), messages that are larger excepted.</summary>
    internal const int LeastBlock = 1024;
    internal const int MostBlock = 64 * 1024;

    private readonly Waiters _waiters = new();
    private Block _tail;
    private long _end;

    internal Chain(TopicStream stream, MessageFormat format, long sequence)
    {
        Stream = stream;
        Format = format;
        Encoder = stream.Shard.EncoderOf(format);
        MostLag = stream.Settings.MaxLag;
        Head = _tail = new Block([], null, stream.CursorNow(), sequence);
        UnusedSince = stream.Shard.Time.GetTimestamp();
    }

    internal TopicStream Stream { get; }

    internal MessageFormat Format { get; }

    internal IFrameEncoder Encoder { get; }

    /// <summary>Bytes that a reader may be behind.</summary>
    internal long MostLag { get; }

    /// <summary>The oldest block that is still held.</summary>
    internal Block Head { get; private set; }

    internal Block Tail => _tail;

    /// <summary>Bytes that were ever written to it.</summary>
    internal long End => Volatile.Read(ref _end);

    internal Waiters Waiters => _waiters;

    internal int Users { get; set; }

    /// <summary>Scratch of the upkeep: where the reader is that is furthest behind.</summary>
    internal long SlowestReader { get; set; }

    /// <summary>When the last user left it: a timestamp.</summary>
    internal long UnusedSince { get; set; }

    /// <summary>Whether its waiters are to be woken once the lock is free.</summary>
    internal bool IsTouched { get; set; }

    /// <param name="endBefore">Where the partition of the entry stood before it.</param>
    internal void Append(ReadOnlySpan<byte> frame, Entry entry, long endBefore)
    {
        if (frame.IsEmpty)
            return;
        if (!_tail.TryAppend(frame, entry))
        {
            var block = NewBlock(frame.Length, entry, endBefore);
            block.TryAppend(frame, entry);
            _tail.Link(block);
            _tail = block;
        }

        Volatile.Write(ref _end, _end + frame.Length);
        while (Head != _tail && _end - Head.End > MostLag)
        {
            var cut = Head;
            Release(cut);
            cut.Link(null);
        }
    }

    /// <summary>Lets go of blocks that every reader has behind him and that are too old for whoever returns.</summary>
    internal void ReleaseRead(long slowestReader, long oldest)
    {
        while (Head != _tail && Head.End <= slowestReader && Head.LastAt < oldest)
            Release(Head);
    }

    internal void ReleaseAll()
    {
        for (var block = Head; block is not null; block = block.Next)
            Stream.Shard.Tally.FramedBytes -= block.Capacity;
    }

    /// <summary>Where the first entry stands that is not older; false when the chain does not go back so far.</summary>
    internal bool TryFind(long sequence, out Block block, out int offset)
    {
        block = Head;
        offset = 0;
        if (sequence <= Head.AfterSequence)
            return false;
        while (block.LastSequence < sequence && block.Next is { } next)
            block = next;
        offset = block.OffsetFrom(sequence);
        return true;
    }

    /// <summary>Where the first frame begins behind which at most so many bytes lie: the last frame at least.</summary>
    internal (Block Block, int Offset) FindFromEnd(long bytes)
    {
        var block = Head;
        while (_end - block.End > bytes && block.Next is { } next)
            block = next;
        var offset = 0;
        while (offset < block.Committed && _end - (block.Start + block.EndOfFrame(offset)) > bytes)
            offset = block.EndOfFrame(offset);
        return (block, offset);
    }

    private void Release(Block block)
    {
        Stream.Shard.Tally.FramedBytes -= block.Capacity;
        Head = block.Next!;
    }

    private Block NewBlock(int frame, Entry entry, long endBefore)
    {
        var size = Math.Max(frame, Math.Clamp((int)Math.Min(_end - Head.Start, MostBlock), LeastBlock, MostBlock));
        Stream.Shard.Tally.FramedBytes += size;
        return new Block(GC.AllocateUninitializedArray<byte>(size), _tail, Stream.CursorBefore(entry, endBefore), entry.Sequence - 1);
    }
}
