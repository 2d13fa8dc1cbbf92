namespace Bascule.Load;

/// <summary>What an echo turned out to be.</summary>
public enum EchoFound
{
    /// <summary>The answer to a message that waited for one, in its turn.</summary>
    Good,

    /// <summary>Its answer was there already.</summary>
    Doubled,

    /// <summary>A later message was answered before it.</summary>
    Disordered,

    /// <summary>It had been given up; it is counted as missing already.</summary>
    Overdue,

    /// <summary>No such message was sent.</summary>
    NeverSent,
}

/// <summary>The messages of one connection that wait for their echo. Used under the lock of its connection.</summary>
public sealed class EchoLedger
{
    /// <summary>Messages under way at once on one connection, at most: then the schedule has to wait, and the waiting counts as latency.</summary>
    public const int MostOutstanding = 1 << 16;

    // Given-up messages that are remembered, to tell a late echo from a doubled one.
    private const int RememberedOverdue = 1024;

    private Entry[] _ring = new Entry[4];
    private uint _oldest;
    private uint _highest;
    private bool _anyAnswered;

    // Below it, given-up messages were forgotten: an echo may be a late one, and is given the benefit of the doubt.
    private uint _doubtfulBelow;

    /// <summary>The number of the next message.</summary>
    public uint Next { get; private set; }

    public int Outstanding { get; private set; }

    public bool IsFull => Next - _oldest >= MostOutstanding;

    /// <summary>A message goes out.</summary>
    /// <param name="intended">When it should have gone, as a timestamp of the clock.</param>
    public uint Begin(long intended, long sent)
    {
        if (Next - _oldest == (uint)_ring.Length)
            Grow();
        At(Next) = new Entry(intended, sent, EntryState.Waiting);
        Outstanding++;
        return Next++;
    }

    public EchoFound Answer(uint sequence, out long intended, out long sent)
    {
        (intended, sent) = (0, 0);
        if (sequence - _oldest >= Next - _oldest)
            return unchecked((int)(sequence - _oldest)) >= 0 ? EchoFound.NeverSent
                : unchecked((int)(sequence - _doubtfulBelow)) < 0 ? EchoFound.Overdue
                : EchoFound.Doubled;
        ref var entry = ref At(sequence);
        (intended, sent) = (entry.Intended, entry.Sent);
        if (entry.State != EntryState.Waiting)
            return entry.State == EntryState.Overdue ? EchoFound.Overdue : EchoFound.Doubled;

        var isLate = _anyAnswered && unchecked((int)(sequence - _highest)) < 0;
        Resolve(ref entry, EntryState.Answered);
        if (!isLate)
            (_highest, _anyAnswered) = (sequence, true);
        Forget();
        return isLate ? EchoFound.Disordered : EchoFound.Good;
    }

    /// <summary>A corrupt echo says not whose it is: the oldest that waits is taken to be answered by it.</summary>
    /// <returns>False when none waits.</returns>
    public bool AnswerOldest()
    {
        for (var at = _oldest; at != Next; at++)
        {
            if (At(at).State != EntryState.Waiting)
                continue;
            Answer(at, out _, out _);
            return true;
        }

        return false;
    }

    /// <summary>Gives up messages that were sent before a moment.</summary>
    /// <returns>How many have a later one that was answered (they are lost), and how many have none (nothing answers).</returns>
    public (int Gaps, int Silent) Expire(long sentBefore)
    {
        var (gaps, silent) = (0, 0);
        for (var at = _oldest; at != Next && At(at).Sent < sentBefore; at++)
        {
            if (At(at).State != EntryState.Waiting)
                continue;
            if (_anyAnswered && unchecked((int)(at - _highest)) < 0)
                gaps++;
            else
                silent++;
            Resolve(ref At(at), EntryState.Overdue);
        }

        Forget();
        return (gaps, silent);
    }

    private void Resolve(ref Entry entry, EntryState state)
    {
        entry.State = state;
        Outstanding--;
    }

    private void Forget()
    {
        while (_oldest != Next && (At(_oldest).State == EntryState.Answered || (At(_oldest).State == EntryState.Overdue && Next - _oldest > RememberedOverdue)))
        {
            if (At(_oldest).State == EntryState.Overdue)
                _doubtfulBelow = _oldest + 1;
            _oldest++;
        }
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (var at = _oldest; at != Next; at++)
            larger[at & (uint)(larger.Length - 1)] = At(at);
        _ring = larger;
    }

    private ref Entry At(uint sequence) => ref _ring[sequence & (uint)(_ring.Length - 1)];

    private enum EntryState : byte
    {
        Waiting,
        Answered,
        Overdue,
    }

    private record struct Entry(long Intended, long Sent, EntryState State);
}
