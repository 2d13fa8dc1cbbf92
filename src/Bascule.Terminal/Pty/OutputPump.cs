namespace Bascule.Terminal;

/// <summary>Takes what was read; it is gone afterwards.</summary>
internal delegate void OutputTaken(ReadOnlySpan<byte> bytes);

/// <summary>Where one stream goes.</summary>
/// <param name="Taken">Appends to <paramref name="Ring"/>, and whatever else is to be done with it.</param>
/// <param name="FirstHold">What is held from the beginning.</param>
internal sealed record OutputSink(OutputRing Ring, OutputTaken Taken, long FirstHold);

/// <summary>Reads one stream of a process, as far as a hold lets it.</summary>
/// <param name="ended">The stream is over: nobody has its other end any more.</param>
/// <param name="hungUp">The same of a terminal, which can be opened again; whoever knows that it will not be says <see cref="End"/>.</param>
internal sealed class OutputPump(PtyReactor reactor, ReactorPort port, OutputSink sink, Action ended, Action<OutputPump> hungUp)
{
    // A terminal gives 4 KiB at a time. More rounds would keep the other terminals waiting.
    private const int Rounds = 16;

    private readonly OutputRing _ring = sink.Ring;
    private long _hold = sink.FirstHold;
    private bool _isPaused;
    private bool _isHungUp;
    private long _drainEnd = long.MaxValue;

    /// <summary>Reactor's thread.</summary>
    internal bool IsEnded { get; private set; }

    /// <summary>The hold keeps it from reading. Any thread.</summary>
    internal bool IsPaused => Volatile.Read(ref _isPaused);

    /// <summary>The hold keeps it from reading something that is there, and that <see cref="Drain"/> is to read.</summary>
    internal bool HasUnread => IsPaused && !port.IsClosed && _ring.End < _drainEnd && Libc.Available(port.Descriptor) > 0;

    internal long Held => Interlocked.Read(ref _hold);

    internal void Begin()
    {
        port.Readable = Read;
        port.WantsRead = true;
    }

    /// <summary>Any thread.</summary>
    internal void Hold(long offset)
    {
        // The pause is looked at after the hold was written; who pauses does it the other way round. One of the two sees the other.
        Interlocked.Exchange(ref _hold, offset);
        if (IsPaused)
            reactor.TryPost(Resume);
    }

    /// <summary>What is there at the first call, at most one ring of it: of a stream that somebody keeps open, and may write to without end.</summary>
    internal void Drain()
    {
        if (_drainEnd == long.MaxValue)
            _drainEnd = _ring.End + _ring.Capacity;
        while (_ring.End < _drainEnd && !IsEnded && !IsPaused)
        {
            if (!ReadOnce())
                return;
        }
    }

    /// <summary>Reads a terminal that was hung up; nothing happens if it was not.</summary>
    internal void LookAgain()
    {
        if (!_isHungUp || IsEnded)
            return;
        _isHungUp = false;
        port.WantsRead = true;
        Read();
    }

    /// <summary>Reads no more, whatever there is.</summary>
    internal void End()
    {
        if (IsEnded)
            return;
        IsEnded = true;
        Volatile.Write(ref _isPaused, false);
        if (!port.IsClosed)
            port.WantsRead = false;
        _ring.Complete();
        ended();
    }

    private void Read()
    {
        for (var round = 0; round < Rounds; round++)
            if (!ReadOnce())
                return;
    }

    /// <returns>False until the descriptor, or room in the ring, wakes the pump again.</returns>
    private bool ReadOnce()
    {
        var room = Room();
        if (room <= 0)
        {
            port.WantsRead = false;
            Interlocked.Exchange(ref _isPaused, true);
            if (Room() > 0)
                Resume();
            return false;
        }

        var count = Libc.Read(port.Descriptor, reactor.Buffer.AsSpan(0, (int)Math.Min(room, reactor.Buffer.Length)));
        if (count > 0)
        {
            sink.Taken(reactor.Buffer.AsSpan(0, count));
            return true;
        }

        switch (count)
        {
            case -Libc.Interrupted:
                return true;
            case -Libc.TryAgain:
                return false;
            case -Libc.IoError:
                port.WantsRead = false;
                _isHungUp = true;
                hungUp(this);
                return false;
            default:
                End();
                return false;
        }
    }

    private void Resume()
    {
        if (IsEnded || _isHungUp || !IsPaused || Room() <= 0)
            return;
        Volatile.Write(ref _isPaused, false);
        port.WantsRead = true;
    }

    private long Room()
    {
        var hold = Held;
        return hold == long.MaxValue ? long.MaxValue : hold + _ring.Capacity - _ring.End;
    }
}
