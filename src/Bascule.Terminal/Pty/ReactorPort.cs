namespace Bascule.Terminal;

/// <summary>One descriptor in the reactor: a master, an end of a pipe, or a process. All on the reactor's thread.</summary>
internal sealed class ReactorPort(PtyReactor reactor, int descriptor)
{
    private uint _interest;

    internal int Descriptor { get; } = descriptor;

    internal long Number { get; set; }

    internal bool IsClosed { get; private set; }

    /// <summary>Called while <see cref="WantsRead"/>, when there is something to read, or an end or a fault to find by reading.</summary>
    internal Action? Readable { get; set; }

    internal Action? Writable { get; set; }

    internal bool WantsRead
    {
        get => (_interest & EpollSet.In) != 0;
        set => Set(EpollSet.In, value);
    }

    internal bool WantsWrite
    {
        get => (_interest & EpollSet.Out) != 0;
        set => Set(EpollSet.Out, value);
    }

    internal void Dispatch(uint events)
    {
        const uint over = EpollSet.HangUp | EpollSet.Error;
        if (WantsRead && (events & (EpollSet.In | over)) != 0)
            Readable?.Invoke();
        if (WantsWrite && (events & (EpollSet.Out | over)) != 0)
            Writable?.Invoke();
    }

    /// <summary>No longer waits for anything; the descriptor stays open.</summary>
    internal void Abandon()
    {
        WantsRead = false;
        WantsWrite = false;
    }

    internal void Close()
    {
        if (IsClosed)
            return;
        Abandon();
        IsClosed = true;
        Libc.Close(Descriptor);
    }

    private void Set(uint what, bool isWanted)
    {
        var now = isWanted ? _interest | what : _interest & ~what;
        if (now == _interest || IsClosed)
            return;
        reactor.SetInterest(this, _interest, now);
        _interest = now;
    }
}
