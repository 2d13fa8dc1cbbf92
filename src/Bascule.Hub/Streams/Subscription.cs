namespace Bascule.Hub;

/// <summary>One client's place in a stream. One reader at a time. Read it right after it was made: it tells of new bytes only after a read that found none.</summary>
public sealed class Subscription : IDisposable
{
    /// <summary>Bits of <see cref="_waiting"/>.</summary>
    private const int IsOnStack = 1;
    private const int WantsWord = 2;

    private readonly ISubscriber _who;
    private int _waiting;
    private bool _isOver;
    private int _offset;
    private Block? _block;
    private Detour? _detour;
    private Cursor? _at;
    private Overrun? _overrun;

    internal Subscription(Chain chain, ISubscriber who)
    {
        Chain = chain;
        _who = who;
    }

    /// <summary>The topic or the pattern.</summary>
    public string Name => Chain.Stream.Name;

    public MessageFormat Format => Chain.Format;

    /// <summary>For whoever owns the subscription.</summary>
    public object? Tag { get; set; }

    /// <summary>What the client may keep as its cursor: where the stream stood when it was subscribed or, when the client came back, what it brought; later, what was sent.</summary>
    public Cursor At => _at ?? _block!.CursorAt(_offset).ToCursor();

    /// <summary>What became of the cursor; it says how many messages came again once they were given.</summary>
    public ResumeResult Resume { get; internal set; } = ResumeResult.Fresh;

    /// <summary>Whether what was sent so far ends with a whole frame.</summary>
    public bool AtFrameBoundary => _detour is { HasFrames: true } detour ? detour.Frames.IsAtBoundary : _block is null || _block.IsBoundary(_offset);

    /// <summary>Bytes that the reader is behind the end of the stream; while it catches up, those that are ready for it.</summary>
    public long LagBytes => (_detour?.Frames.Length ?? 0) + (_block is null ? 0 : Math.Max(0, Chain.End - Position));

    /// <summary>Messages that are still to come, of those that are there.</summary>
    public long LagMessages
    {
        get
        {
            if (_block is null)
                return Detour?.Left ?? 0;
            var tail = Chain.Tail;
            return tail.MessagesBefore + tail.MessagesUpTo(tail.Committed) - _block.MessagesBefore - _block.MessagesUpTo(_offset);
        }
    }

    internal Chain Chain { get; }

    /// <summary>Index in the stream's list of subscriptions.</summary>
    internal int Slot { get; set; } = -1;

    internal Subscription? NextWaiter { get; set; }

    internal Block? Block => Volatile.Read(ref _block);

    internal int Offset => _offset;

    internal Detour? Detour => Volatile.Read(ref _detour);

    internal bool IsOver => Volatile.Read(ref _isOver);

    /// <summary>Where in the chain it is; only with a block.</summary>
    internal long Position => _block!.Start + _offset;

    /// <summary>The next bytes to send: whole frames, as many as <paramref name="atMost"/> has room for, but one at least. They stay as they are until <see cref="Advance"/>.</summary>
    /// <returns>False when nothing is left: <see cref="ISubscriber.DataReady"/> comes when something is. Also when the reader was too slow and is to be closed: see <see cref="TakeOverrun"/>.</returns>
    public bool TryRead(int atMost, out ReadOnlyMemory<byte> bytes)
    {
        while (!Volatile.Read(ref _isOver))
        {
            var stopAt = long.MaxValue;
            if (_detour is { } detour)
            {
                var step = detour.Read(this, atMost, out bytes);
                if (step == DetourStep.Given)
                    return true;
                if (step == DetourStep.Nothing)
                    return false;
                stopAt = detour.StopAt;
                if (step == DetourStep.Over)
                    _detour = null;
            }

            var read = ReadChain(atMost, stopAt, out bytes);
            if (read == ChainRead.Given)
                return true;
            if (read == ChainRead.Nothing && !WaitFor(static s => s.Chain.End > s.Position))
                return false;
        }

        bytes = default;
        return false;
    }

    /// <summary>So many of the bytes last read were sent; the next read goes on behind them, also inside a frame.</summary>
    public void Advance(int count)
    {
        if (_detour is { HasFrames: true } detour)
        {
            detour.Frames.Advance(count);
            return;
        }

        _offset += count;
        if (count > 0)
            _at = null;
    }

    /// <summary>What the topic's policy did since the last call; null when nothing.</summary>
    public Overrun? TakeOverrun() => Interlocked.Exchange(ref _overrun, null);

    public void Dispose()
    {
        Volatile.Write(ref _isOver, true);
        Chain.Stream.Leave(this);
    }

    internal void Place(Block block, int offset)
    {
        _offset = offset;
        Volatile.Write(ref _block, block);
    }

    internal void Stand(Cursor at) => _at = at;

    internal void Turn(Detour detour) => Volatile.Write(ref _detour, detour);

    internal void Report(Overrun overrun)
    {
        Volatile.Write(ref _overrun, overrun);
        if (overrun.MustClose)
            Volatile.Write(ref _isOver, true);
    }

    /// <summary>The reader has nothing left. True when there is something after all.</summary>
    /// <param name="isThere">Looked at once the publisher can see that the reader waits.</param>
    internal bool WaitFor(Func<Subscription, bool> isThere)
    {
        if ((Interlocked.Or(ref _waiting, WantsWord | IsOnStack) & IsOnStack) == 0)
            Chain.Waiters.Push(this);
        return isThere(this) && (Interlocked.And(ref _waiting, ~WantsWord) & WantsWord) != 0;
    }

    /// <summary>As <see cref="WaitFor"/>, for what does not come with the stream: a fetch.</summary>
    internal bool WaitAside(Fetch fetch)
    {
        Interlocked.Or(ref _waiting, WantsWord);
        return fetch.IsDone && (Interlocked.And(ref _waiting, ~WantsWord) & WantsWord) != 0;
    }

    internal void LeaveStackAndWake()
    {
        if ((Interlocked.Exchange(ref _waiting, 0) & WantsWord) != 0)
            _who.DataReady(this);
    }

    internal void Wake()
    {
        if ((Interlocked.And(ref _waiting, ~WantsWord) & WantsWord) != 0)
            _who.DataReady(this);
    }

    /// <summary>Also to a reader that has bytes left: it does not read them, and is to be closed.</summary>
    internal void WakeInAnyCase()
    {
        Interlocked.And(ref _waiting, ~WantsWord);
        _who.DataReady(this);
    }

    private ChainRead ReadChain(int atMost, long stopAt, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        while (true)
        {
            // The next block first: when there is one, nothing is added to this one any more.
            var block = _block!;
            var next = block.Next;
            var committed = block.Committed;
            if (_offset < committed)
            {
                var left = (int)Math.Min(committed, stopAt - block.Start) - _offset;
                if (Chain.End - Position > Chain.MostLag && SlowReader.IsOverrun(Chain, block, _offset))
                {
                    if (block.IsBoundary(_offset))
                    {
                        SlowReader.Act(this);
                        return ChainRead.Overrun;
                    }

                    left = block.EndOfFrame(_offset) - _offset;
                }

                bytes = block.Slice(_offset, left <= atMost ? left : block.WholeFrames(_offset, atMost));
                return ChainRead.Given;
            }

            if (next is not null)
            {
                Place(next, 0);
                continue;
            }

            // A frame can be read a moment before the end of the chain is said to be behind it.
            if (Chain.End <= Position)
                return ChainRead.Nothing;

            // More was written, here or in a next block; when neither shows, this block was cut off.
            if (block.Next is null && block.Committed == _offset)
            {
                SlowReader.Act(this);
                return ChainRead.Overrun;
            }
        }
    }

    private enum ChainRead
    {
        Given,
        Nothing,
        Overrun,
    }
}
