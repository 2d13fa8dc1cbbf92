namespace Bascule.Hub;

/// <summary>A stretch of a chain: whole frames, one behind the other. Written once, by whoever holds the shard's lock; read without it. What was committed never changes, so nobody
/// has to say when he is done: the collector frees a block that no reader and no chain holds.</summary>
internal sealed class Block(byte[] bytes, Block? before, Cursor opening, long afterSequence)
{
    private readonly byte[] _bytes = bytes;
    private Mark[] _marks = [];
    private int _markCount;
    private int _committed;
    private Block? _next;

    /// <summary>Where in the chain it begins.</summary>
    internal long Start { get; } = before?.End ?? 0;

    /// <summary>Messages that lie before it in the chain.</summary>
    internal long MessagesBefore { get; } = before is null ? 0 : before.MessagesBefore + before.MessagesUpTo(before._committed);

    /// <summary>Where the stream stood before it.</summary>
    internal Cursor Opening { get; } = opening;

    /// <summary>Entries of the stream that are newer are here or behind it.</summary>
    internal long AfterSequence { get; } = afterSequence;

    internal int Capacity => _bytes.Length;

    internal int Committed => Volatile.Read(ref _committed);

    internal long End => Start + Committed;

    internal Block? Next => Volatile.Read(ref _next);

    /// <summary>When its last frame was written: a timestamp. Under the shard's lock.</summary>
    internal long LastAt => _markCount == 0 ? 0 : _marks[_markCount - 1].Entry.At;

    internal long LastSequence => _markCount == 0 ? AfterSequence : _marks[_markCount - 1].Entry.Sequence;

    internal void Link(Block? next) => Volatile.Write(ref _next, next);

    internal bool TryAppend(ReadOnlySpan<byte> frame, Entry entry)
    {
        if (_bytes.Length - _committed < frame.Length)
            return false;
        frame.CopyTo(_bytes.AsSpan(_committed));
        if (_markCount == _marks.Length)
            Array.Resize(ref _marks, Math.Max(4, _markCount * 2));
        _marks[_markCount] = new Mark(_committed + frame.Length, entry);

        // Publish the mark, then the bytes.
        Volatile.Write(ref _markCount, _markCount + 1);
        Volatile.Write(ref _committed, _committed + frame.Length);
        return true;
    }

    internal ReadOnlyMemory<byte> Slice(int offset, int count) => _bytes.AsMemory(offset, count);

    internal bool IsBoundary(int offset) => offset == 0 || EndOfFrame(offset - 1) == offset;

    /// <summary>The end of the frame that the offset is in.</summary>
    internal int EndOfFrame(int offset)
    {
        var marks = Marks();
        return marks[IndexAt(marks, offset)].End;
    }

    /// <summary>How many bytes from the offset on end with a frame and are not more than asked for; one frame in any case.</summary>
    internal int WholeFrames(int offset, int atMost)
    {
        var marks = Marks();
        var first = IndexAt(marks, offset);
        var last = IndexAt(marks, offset + Math.Min(atMost, Capacity - offset)) - 1;
        return marks[Math.Max(first, last)].End - offset;
    }

    /// <summary>Messages that end at the offset or before it.</summary>
    internal int MessagesUpTo(int offset)
    {
        var count = 0;
        foreach (var mark in Marks())
        {
            if (mark.End > offset)
                break;
            if (mark.Entry.IsMessage)
                count++;
        }

        return count;
    }

    /// <summary>What a client has seen that has got everything up to the offset.</summary>
    internal RunningCursor CursorAt(int offset)
    {
        var cursor = new RunningCursor(Opening);
        foreach (var mark in Marks())
        {
            if (mark.End > offset)
                break;
            if (mark.Entry.Stand is { } stand)
                cursor.Become(stand.Positions);
            else
                cursor.Raise(mark.Entry.Position);
        }

        return cursor;
    }

    /// <summary>The newest entry that ends at the offset or before it.</summary>
    internal long SequenceAt(int offset)
    {
        var sequence = AfterSequence;
        foreach (var mark in Marks())
        {
            if (mark.End > offset)
                break;
            sequence = mark.Entry.Sequence;
        }

        return sequence;
    }

    /// <summary>Where the first frame begins that is not older than the entry; the end when there is none.</summary>
    internal int OffsetFrom(long sequence)
    {
        var offset = 0;
        foreach (var mark in Marks())
        {
            if (mark.Entry.Sequence >= sequence)
                break;
            offset = mark.End;
        }

        return offset;
    }

    /// <summary>The first mark that ends behind the offset; the number of marks when there is none.</summary>
    private static int IndexAt(ReadOnlySpan<Mark> marks, int offset)
    {
        int low = 0, high = marks.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (marks[middle].End <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The count is read first: an array that has replaced the former one since holds as many, too.</summary>
    private ReadOnlySpan<Mark> Marks()
    {
        var count = Volatile.Read(ref _markCount);
        var marks = Volatile.Read(ref _marks);
        return marks.AsSpan(0, count);
    }

    /// <summary>Where the frame of an entry ends.</summary>
    private readonly record struct Mark(int End, Entry Entry);
}
