using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>A process with a terminal, or a one-shot command with three pipes, its output, and its end.</summary>
#pragma warning disable MA0049 // The room is named after the thing that it is about.
public sealed class Terminal : IAsyncDisposable
#pragma warning restore MA0049
{
    /// <summary>Ctrl-D: what the terminal's line discipline takes for the end of input.</summary>
    private const byte EndOfInput = 4;

    /// <summary>Between the two changes of size that make a program draw again: so long that it sees both.</summary>
    private static readonly TimeSpan RedrawTime = TimeSpan.FromMilliseconds(50);

    private readonly PtyReactor _reactor;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly RunningProcess _process;
    private readonly StopSequence _stop;
    private readonly ResultBuffer? _outputResult;
    private readonly ResultBuffer? _errorsResult;
    private readonly HoldKeeper _holds;
    private readonly LifeLimit[] _limits;
    private readonly ITimer _redraw;
    private readonly Lock _gate = new();
    private readonly long _startedAt;
    private readonly long _memoryKills = MemoryKills.Count();
    private long _lastActivity;
    private long _detachedAt;
    private int _viewers;
    private EndCause? _cause;
    private Task? _stopping;
    private TerminalSize _size;

    private Terminal(TerminalOrder order, PtyReactor reactor, ILogger log, TimeProvider time)
    {
        (Order, _reactor, _log, _time, _size) = (order, reactor, log, time, order.Size);
        _startedAt = _lastActivity = _detachedAt = time.GetTimestamp();
        Started = time.GetUtcNow();
        Output = new OutputRing(order.ScrollbackBytes);
        // A recorder follows a moment after the program has begun, and needs all of it.
        var isRecorded = order.Recording is RecordingMode.Output or RecordingMode.Input;
        var firstHold = isRecorded || order.Hold > TimeSpan.Zero ? 0 : long.MaxValue;
        OutputSink[] sinks = [new(Output, TakeOutput, firstHold)];
        if (!order.Tty)
        {
            Errors = new OutputRing(order.ScrollbackBytes);
            (_outputResult, _errorsResult) = (new ResultBuffer(order.OutputCap), new ResultBuffer(order.OutputCap));
            sinks = [.. sinks, new(Errors, TakeErrors, firstHold)];
        }

        _process = TerminalStart.Run(order, reactor, log, time, sinks);
        _stop = new StopSequence(_process, reactor, order.Id, log, time);
        _holds = new HoldKeeper(_process, order.Hold, time);
        _redraw = time.CreateTimer(_ => Resize(Size), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _limits = [.. MakeLimits()];
        Ended = EndAsync();
        foreach (var limit in _limits)
            limit.Begin();
    }

    /// <summary>As it was given, its numbers within their bounds.</summary>
    public TerminalOrder Order { get; }

    public int ProcessId => _process.Id;

    public DateTimeOffset Started { get; }

    /// <summary>stdout, or all that the terminal shows.</summary>
    public OutputRing Output { get; }

    /// <summary>stderr of a one-shot command; null with a terminal.</summary>
    public OutputRing? Errors { get; }

    /// <summary>The first <see cref="TerminalOrder.OutputCap"/> bytes of stdout of a one-shot command; empty with a terminal.</summary>
    public ReadOnlyMemory<byte> OutputResult => _outputResult?.ToArray() ?? [];

    public ReadOnlyMemory<byte> ErrorsResult => _errorsResult?.ToArray() ?? [];

    public TerminalSize Size
    {
        get
        {
            lock (_gate)
                return _size;
        }
    }

    public TerminalModes Modes { get; } = new();

    /// <summary>When there was input or output for the last time.</summary>
    public DateTimeOffset LastActivity => Started + _time.GetElapsedTime(_startedAt, Interlocked.Read(ref _lastActivity));

    /// <summary>Done when the process ended and its output was read to the end: both rings are complete then. Never fails.</summary>
    public Task<TerminalExit> Ended { get; }

    /// <summary>Before a deadline, the idle limit or the maximum life ends it. Handlers must not block.</summary>
    public event Action<LifeNotice>? Announced;

    /// <exception cref="TerminalStartException">Nothing was started.</exception>
    public static Terminal Start(TerminalOrder order, PtyReactor reactor, ILogger log, TimeProvider time) => new(
        order with
        {
            Size = TerminalSize.Clamp(order.Size.Columns, order.Size.Rows),
            ScrollbackBytes = Math.Clamp(order.ScrollbackBytes, TerminalOrder.LeastScrollback, TerminalOrder.MostScrollback),
            OutputCap = Math.Clamp(order.OutputCap, 0, TerminalOrder.MostOutputCap),
        },
        reactor,
        log,
        time);

    /// <summary>Clamped. Nothing happens without a terminal.</summary>
    public void Resize(TerminalSize size)
    {
        var clamped = TerminalSize.Clamp(size.Columns, size.Rows);
        lock (_gate)
            _size = clamped;
        Modes.OnResized();
        _reactor.TryPost(() => _process.Resize(clamped));
    }

    /// <summary>Takes a row away and gives it back, so that a full-screen program draws again.</summary>
    public void Redraw()
    {
        var size = Size;
        _reactor.TryPost(() => _process.Resize(TerminalSize.Clamp(size.Columns, size.Rows > 1 ? size.Rows - 1 : 2)));
        _redraw.Change(RedrawTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Done when the kernel took it; one at a time, others wait.</summary>
    /// <returns>False when nobody reads any more: the process is over, or has closed its input.</returns>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        NoteActivity();
        return _process.Input.WriteAsync(input, cancellation);
    }

    /// <summary>Ends stdin of a one-shot command, after what was written; to a terminal it sends Ctrl-D.</summary>
    public void CloseInput() => _reactor.TryPost(() =>
    {
        if (Order.Tty)
            _process.Input.Add(EndOfInput);
        else
            _process.Input.CloseAfterwards();
    });

    /// <summary>To the foreground group of the terminal, or to the group of the command.</summary>
    public void Signal(int signal) => _reactor.TryPost(() => _process.SignalForeground(signal));

    /// <summary>Bytes from <paramref name="offset"/> on stay in <see cref="Output"/>: the program waits when the ring is full of them. <see cref="long.MaxValue"/>: nothing is held.</summary>
    /// <remarks>From the start 0 is held, for <see cref="TerminalOrder.Hold"/> or until the first call; after that only calls change it.</remarks>
    public void Hold(long offset) => _holds.Set(HeldStream.Output, offset);

    /// <summary>As <see cref="Hold"/>, of <see cref="Errors"/>.</summary>
    public void HoldErrors(long offset) => _holds.Set(HeldStream.Errors, offset);

    /// <summary>How many clients are attached now: <see cref="TerminalOrder.DetachGrace"/> runs while there are none.</summary>
    public void CountViewers(int viewers)
    {
        if (Interlocked.Exchange(ref _viewers, viewers) > 0 && viewers == 0)
            Interlocked.Exchange(ref _detachedAt, _time.GetTimestamp());
    }

    /// <summary>The output that is still there, at most its last <paramref name="mostBytes"/>, from a place where a terminal can begin.</summary>
    public Snapshot TakeSnapshot(int mostBytes = int.MaxValue) => SnapshotTaker.Take(Output, Order.Tty ? Modes : null, mostBytes);

    /// <summary>Ends it: SIGHUP, 2 s, SIGTERM, 3 s, SIGKILL, to all processes of the session. Done when they are gone; the first cause stays.</summary>
    public Task StopAsync(EndCause cause)
    {
        lock (_gate)
        {
            if (!_process.Finished.IsCompleted)
                _cause ??= cause;
            // A fault of ours is not kept: who asks again may be served.
            if (_stopping is null or { IsFaulted: true })
                _stopping = _process.Finished.IsCompleted ? StopLeftoversAsync() : StopAndEndAsync();
            return _stopping;
        }
    }

    /// <summary>As <see cref="StopAsync"/>; waits for processes that outlived their terminal, too.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(EndCause.HostStopping);
        await _redraw.DisposeAsync();
    }

    private async Task StopAndEndAsync()
    {
        await Task.Yield();
        await _stop.StopAsync();
        await Ended;
    }

    private async Task<TerminalExit> EndAsync()
    {
        var end = await _process.Finished;
        _holds.Dispose();
        foreach (var limit in _limits)
            limit.Dispose();
        var exit = MakeExit(end);
        _log.TerminalEnded(Order.Id, exit.Cause, exit.Code, exit.Signal, exit.OutputBytes);
        lock (_gate)
            _stopping ??= StopLeftoversAsync();
        return exit;
    }

    /// <summary>In a task of its own: the end is told before the rest is gone.</summary>
    private async Task StopLeftoversAsync()
    {
        await Task.Yield();
        await _stop.StopLeftoversAsync();
    }

    private TerminalExit MakeExit(ChildEnd end)
    {
        EndCause cause;
        lock (_gate)
            cause = _cause ?? CauseOf(end);
        var isTruncated = Order.Tty ? Output.Start > 0 : _outputResult!.IsTruncated || _errorsResult!.IsTruncated;
        var bytes = Output.End + (Errors?.End ?? 0);
        return new(cause, end.Code, end.Signal is { } signal ? SignalName.Of(signal) : null, Started, Started + _time.GetElapsedTime(_startedAt), bytes, isTruncated);
    }

    private EndCause CauseOf(ChildEnd end) => end.Signal switch
    {
        null => EndCause.Exited,
        // The kernel does not say why it killed; that it killed somebody here meanwhile is as near as one can get.
        SignalName.Kill when MemoryKills.Count() > _memoryKills => EndCause.OutOfMemory,
        _ => EndCause.Signalled,
    };

    private IEnumerable<LifeLimit> MakeLimits()
    {
        var announced = new LifeActions(End, notice => Announced?.Invoke(notice));
        if (Order.Deadline is { } deadline)
            yield return new(EndCause.Deadline, deadline, _time, () => _startedAt, announced);
        if (Order.MaximumLife is { } life)
            yield return new(EndCause.MaximumLife, life, _time, () => _startedAt, announced);
        if (Order.Idle is { } idle)
            yield return new(EndCause.Idle, idle, _time, () => Interlocked.Read(ref _lastActivity), announced);
        if (Order.DetachGrace is { } grace)
            yield return new(EndCause.Detached, grace, _time, () => Volatile.Read(ref _viewers) > 0 ? _time.GetTimestamp() : Interlocked.Read(ref _detachedAt), announced with { Announce = null });

        // The task is kept in _stopping, and awaited by whoever disposes.
        void End(EndCause cause) => _ = StopAsync(cause);
    }

    private void TakeOutput(ReadOnlySpan<byte> bytes)
    {
        Output.Append(bytes);
        if (Order.Tty)
            Modes.Feed(bytes, Output.Start);
        else
            _outputResult!.Append(bytes);
        NoteActivity();
    }

    private void TakeErrors(ReadOnlySpan<byte> bytes)
    {
        Errors!.Append(bytes);
        _errorsResult!.Append(bytes);
        NoteActivity();
    }

    private void NoteActivity() => Interlocked.Exchange(ref _lastActivity, _time.GetTimestamp());
}
