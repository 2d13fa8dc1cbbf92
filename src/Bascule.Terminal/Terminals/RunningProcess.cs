namespace Bascule.Terminal;

/// <summary>The process of a terminal and its streams, until it ended and its output was read to the end.</summary>
/// <remarks>Internal members that are not said to be for any thread are for the reactor's.</remarks>
internal sealed class RunningProcess
{
    /// <summary>A child that keeps the terminal open after the first process ended delays the end no longer than this. From the requirements of terminals.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(500);

    /// <summary>login(1) closes its terminal and opens it again; how often such a one is looked at.</summary>
    private static readonly TimeSpan HungUpTime = TimeSpan.FromMilliseconds(250);

    private readonly PtyReactor _reactor;
    private readonly TimeProvider _time;
    private readonly ChildWatch _child;
    private readonly ReactorPort[] _ports;
    private readonly OutputPump[] _outputs;
    private readonly InputPump _input;
    private readonly int _master;
    private readonly TaskCompletionSource<ChildEnd> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChildEnd? _end;
    private ITimer? _drain;
    private ITimer? _again;
    private bool _isStopping;
    private bool _isFinished;

    private RunningProcess(PtyReactor reactor, TimeProvider time, ProcessStreams streams, Func<int> start, OutputSink[] sinks)
    {
        (_reactor, _time, _master) = (reactor, time, streams.Master);
        var input = new ReactorPort(reactor, streams.Input);
        // A terminal has one descriptor for both directions.
        var outputs = Array.ConvertAll(streams.Outputs, d => d == streams.Input ? input : new ReactorPort(reactor, d));
        _ports = [.. outputs.Append(input).Distinct()];
        _input = new InputPump(reactor, input);
        _outputs = [.. outputs.Select((port, i) => new OutputPump(reactor, port, sinks[i], OnOutputEnded, OnHungUp))];
        _child = reactor.Spawn(start, OnChildEnded);
    }

    /// <summary>How it ended. Any thread.</summary>
    internal Task<ChildEnd> Finished => _finished.Task;

    /// <summary>Any thread.</summary>
    internal int Id => _child.Process;

    /// <summary>Its answer was taken: its number may be another's. Any thread.</summary>
    internal bool IsTaken => _child.IsTaken;

    /// <summary>stdout or the terminal. Any thread.</summary>
    internal OutputPump Output => _outputs[0];

    /// <summary>stderr of a one-shot command. Any thread.</summary>
    internal OutputPump? Errors => _outputs.Length > 1 ? _outputs[1] : null;

    /// <summary>Any thread.</summary>
    internal InputPump Input => _input;

    /// <summary>Starts the process and begins to read it. Any thread.</summary>
    /// <exception cref="TerminalStartException">Nothing was started; all descriptors are closed.</exception>
    internal static RunningProcess Start(PtyReactor reactor, TimeProvider time, ProcessStreams streams, Func<int> start, OutputSink[] sinks)
    {
        RunningProcess running;
        try
        {
            running = new RunningProcess(reactor, time, streams, start, sinks);
        }
        catch
        {
            streams.CloseOurs();
            throw;
        }
        finally
        {
            streams.CloseTheirs();
        }

        if (reactor.TryPost(running.Begin))
            return running;
        _ = ProcessCalls.Signal(-running.Id, SignalName.Kill);
        streams.CloseOurs();
        throw new ObjectDisposedException(nameof(PtyReactor));
    }

    internal void Resize(TerminalSize size)
    {
        if (IsOpen)
            PseudoTerminal.Resize(_master, size);
    }

    /// <summary>To the group in the foreground of its terminal, or else to its own group.</summary>
    internal void SignalForeground(int signal)
    {
        var group = IsOpen ? PseudoTerminal.ForegroundGroup(_master) : 0;
        if (group > 0)
            _ = ProcessCalls.Signal(-group, signal);
        else
            _child.SignalGroup(signal);
    }

    /// <summary>To its own group, and to the one in the foreground if that is another.</summary>
    internal void SignalGroups(int signal)
    {
        _child.SignalGroup(signal);
        var group = IsOpen ? PseudoTerminal.ForegroundGroup(_master) : 0;
        if (group > 0 && group != Id)
            _ = ProcessCalls.Signal(-group, signal);
    }

    /// <summary>Its end is wanted: from now on nobody who does not read can put it off.</summary>
    internal void PrepareStop() => _isStopping = true;

    /// <summary>It does not end, whatever is sent to it.</summary>
    internal void GiveUp()
    {
        _end ??= new ChildEnd(null, SignalName.Kill);
        Finish();
    }

    private bool IsOpen => _master >= 0 && !_ports[0].IsClosed;

    private void Begin()
    {
        // The process first: if the system cannot wait for a stream, the end is heard of nevertheless.
        _child.Begin();
        _input.Begin();
        foreach (var output in _outputs)
            output.Begin();
    }

    private void OnChildEnded(ChildEnd end)
    {
        _end ??= end;
        _input.End();
        foreach (var output in _outputs)
            output.LookAgain();
        TryFinish();
        if (!_isFinished)
            _drain = _time.CreateTimer(static process => ((RunningProcess)process!).OnDrainTimer(), this, DrainTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Nobody has the terminal open. While the first process runs, it may open it again.</summary>
    private void OnHungUp(OutputPump output)
    {
        if (_end is not null)
        {
            output.End();
            return;
        }

        _again?.Dispose();
        _again = _time.CreateTimer(_ => _reactor.TryPost(output.LookAgain), null, HungUpTime, Timeout.InfiniteTimeSpan);
    }

    private void OnDrainTimer() => _reactor.TryPost(() =>
    {
        if (_isFinished)
            return;
        foreach (var output in _outputs)
            output.Drain();
        // What is held is neither lost nor read: whoever holds it takes it, or lets go.
        if (!_isStopping && _outputs.Any(o => o.HasUnread))
            _drain?.Change(DrainTime, Timeout.InfiniteTimeSpan);
        else
            Finish();
    });

    private void OnOutputEnded() => TryFinish();

    private void TryFinish()
    {
        if (_end is not null && _outputs.All(o => o.IsEnded))
            Finish();
    }

    private void Finish()
    {
        if (_isFinished)
            return;
        _isFinished = true;
        _drain?.Dispose();
        _again?.Dispose();
        _input.End();
        foreach (var output in _outputs)
            output.End();
        foreach (var port in _ports)
            port.Close();
        _finished.TrySetResult(_end!.Value);
    }
}
