namespace Bascule.Terminal;

/// <summary>What came of a claim.</summary>
/// <param name="IsGranted">The viewer writes now.</param>
/// <param name="Other">Granted: who wrote before, and does no more. Refused: who writes.</param>
internal readonly record struct SeatAnswer(bool IsGranted, Viewer? Other)
{
    /// <summary>The client that had the seat last, when it is not this one; null when the fence did not rise, or nobody ever wrote.</summary>
    internal Viewer? Before { get; init; }

    /// <summary>As it is after the claim.</summary>
    internal long Fence { get; init; }
}

/// <summary>The one seat of a terminal's writer: who has it, how often it went to another one, and how long it is kept for one that was cut.</summary>
internal sealed class WriterSeat : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _hold;
    private readonly OutputHold _output;
    private readonly OutputHold? _errors;
    private readonly ITimer _release;
    private Viewer? _writer;
    private Viewer? _last;
    private long _fence;
    private long _taken;
    private long _errorsTaken;

    /// <param name="hold">How long the program waits for a writer that was cut, or for the first one.</param>
    internal WriterSeat(TimeSpan hold, OutputHold output, OutputHold? errors, TimeProvider time)
    {
        _hold = hold;
        _output = output;
        _errors = errors;
        _release = time.CreateTimer(static seat => ((WriterSeat)seat!).Release(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Wait();
    }

    /// <summary>Rises by one whenever another client takes the seat.</summary>
    internal long Fence
    {
        get
        {
            lock (_gate)
                return _fence;
        }
    }

    internal Viewer? Writer
    {
        get
        {
            lock (_gate)
                return _writer;
        }
    }

    /// <summary>A viewer wants to write. It has taken what stands before the offsets.</summary>
    /// <param name="takes">Even if somebody writes.</param>
    internal SeatAnswer Claim(Viewer viewer, bool takes, long offset, long errorsOffset)
    {
        lock (_gate)
        {
            if (_writer == viewer)
                return new SeatAnswer(true, null);
            if (_writer is { } writer && !takes && !writer.IsSameAs(viewer))
                return new SeatAnswer(false, writer);
            var earlier = _writer;
            var before = _last?.IsSameAs(viewer) == true ? null : _last;
            if (_last is null || before is not null)
                _fence++;
            _writer = _last = viewer;
            _release.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _output.ForWriter(_taken = offset);
            _errors?.ForWriter(_errorsTaken = errorsOffset);
            return new SeatAnswer(true, earlier) { Before = before, Fence = _fence };
        }
    }

    /// <summary>A viewer has taken what stands before the offset. Of who does not write it means nothing here.</summary>
    internal void Acknowledge(Viewer viewer, byte channel, long offset)
    {
        lock (_gate)
        {
            if (_writer != viewer)
                return;
            if (channel == TermChannel.Errors)
                _errors?.ForWriter(_errorsTaken = offset);
            else
                _output.ForWriter(_taken = offset);
        }
    }

    /// <summary>The viewer writes no more.</summary>
    /// <param name="isForGood">It said so; else it was cut, and its place is kept for a while.</param>
    /// <returns>False when it did not write.</returns>
    internal bool Leave(Viewer viewer, bool isForGood)
    {
        lock (_gate)
        {
            if (_writer != viewer)
                return false;
            _writer = null;
            if (isForGood)
                ReleaseNow();
            else
                Wait();
            return true;
        }
    }

    public void Dispose() => _release.Dispose();

    private void Release()
    {
        lock (_gate)
        {
            if (_writer is null)
                ReleaseNow();
        }
    }

    /// <summary>For a writer to come, or to come back.</summary>
    private void Wait()
    {
        if (_hold <= TimeSpan.Zero)
        {
            ReleaseNow();
            return;
        }

        _output.ForAbsent(_taken);
        _errors?.ForAbsent(_errorsTaken);
        _release.Change(_hold, Timeout.InfiniteTimeSpan);
    }

    private void ReleaseNow()
    {
        _output.ForNobody();
        _errors?.ForNobody();
    }
}
