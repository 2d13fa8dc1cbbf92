using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Keeps one shard running: starts its process, passes on what it says, starts it again when it ends, and stops it. The process ends by itself when this one does (<see cref="LifeLine"/>).</summary>
public sealed class ShardProcess : IAsyncDisposable
{
    /// <summary>A process that lived so long failed for a new reason, so the wait begins at the first again.</summary>
    private static readonly TimeSpan GoodLife = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>For the last lines of a process that has ended, when another one still has its standard error.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly ShardCommand _command;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Lock _telling = new();
    private readonly CancellationTokenSource _stopping = new();
    private Process? _process;
    private Task? _running;
    private volatile ShardState _state = new(ShardPhase.Starting, ProcessId: null, LastExit: null, NotStarted: null, NextStart: null, Starts: 0);

    /// <param name="name">Stands before its lines in the log, and in everything told of it.</param>
    public ShardProcess(string name, ShardCommand command, ILogger log, TimeProvider time)
    {
        _name = name;
        _command = command;
        _log = log;
        _time = time;
    }

    /// <summary>After each change, with the new state, one call after another. Must not block.</summary>
    public event Action<ShardState>? Changed;

    public string Name => _name;

    public ShardState State => _state;

    /// <summary>Once.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_running is not null)
                throw new InvalidOperationException($"{_name} was started already.");
            _running = Task.Run(RunAsync);
        }
    }

    /// <summary>Asks the process to end (SIGQUIT: a service manager sends SIGTERM to all processes, which is for the gateway alone), and kills it when it has not within the deadline. It is not started again.</summary>
    public async Task StopAsync(TimeSpan deadline)
    {
        Task running;
        lock (_gate)
            running = _running ?? Task.CompletedTask;
        if (!_stopping.IsCancellationRequested)
            await _stopping.CancelAsync();
        Process? asked;
        lock (_gate)
        {
            asked = _process;
            if (asked is { HasExited: false })
                SystemCalls.Signal(asked.Id, SystemCalls.Quit);
        }

        if (asked is not null)
            Become(s => s.Phase == ShardPhase.Running ? s with { Phase = ShardPhase.Stopping } : s);
        try
        {
            await running.WaitAsync(deadline, _time);
        }
        catch (TimeoutException)
        {
            Kill(deadline);
            await running;
        }

        Become(s => s with { Phase = ShardPhase.Stopped, NextStart = null });
    }

    /// <summary>Kills the process, where one runs, because it does not do its work. Another is started, as after any end.</summary>
    internal void Kill(string why)
    {
        lock (_gate)
        {
            if (_process is not { HasExited: false } process)
                return;
            _log.ShardGivenUp(_name, process.Id, why);
            process.Kill();
        }
    }

    /// <summary>Stops it without a deadline to end by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var wait = FirstWait;
        while (!_stopping.IsCancellationRequested)
        {
            var exit = await LiveAsync();
            if (_stopping.IsCancellationRequested)
            {
                if (exit is not null)
                    _log.ShardStopped(_name, exit.ToString());
                return;
            }

            if (exit?.Lived >= GoodLife)
                wait = FirstWait;
            TellEnd(exit, wait);
            await Task.Delay(wait, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    /// <summary>One process, from its start to its end.</summary>
    /// <returns>Null when it could not be started.</returns>
    private async Task<ShardExit?> LiveAsync()
    {
        Become(s => s with { Phase = ShardPhase.Starting, ProcessId = null, NextStart = null });
        var started = _time.GetTimestamp();
        using var process = Launch();
        if (process is null)
            return null;
        using var silence = new CancellationTokenSource();
        var lines = Task.WhenAll(ReadAsync(process.StandardError.BaseStream, silence.Token), ReadAsync(process.StandardOutput.BaseStream, silence.Token));
        await process.WaitForExitAsync(CancellationToken.None);
        var exit = new ShardExit(process.ExitCode, _time.GetElapsedTime(started));
        lock (_gate)
            _process = null;
        try
        {
            await lines.WaitAsync(LastWords, _time);
        }
        catch (TimeoutException)
        {
            await silence.CancelAsync();
            await lines;
        }

        Become(s => s with { ProcessId = null, LastExit = exit });
        return exit;
    }

    /// <summary>Starts the process, unless it was to stop meanwhile.</summary>
    private Process? Launch()
    {
        var start = new ProcessStartInfo(_command.Program, _command.Arguments)
        {
            UseShellExecute = false,
            // Never written to, and open as long as this process lives: the life line.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _command.Environment)
            start.Environment[name] = value;
        try
        {
            lock (_gate)
            {
                if (_stopping.IsCancellationRequested)
                    return null;
                _process = Process.Start(start)!;
            }
        }
        catch (Win32Exception e)
        {
            Become(s => s with { NotStarted = e.Message });
            return null;
        }

        var id = _process.Id;
        Become(s => s with { Phase = ShardPhase.Running, ProcessId = id, NotStarted = null, Starts = s.Starts + 1 });
        _log.ShardStarted(_name, id);
        return _process;
    }

    private Task ReadAsync(Stream stream, CancellationToken cancellation) => ChildLines.ReadAsync(stream, line => _log.ShardSaid(_name, line), cancellation);

    private void TellEnd(ShardExit? exit, TimeSpan wait)
    {
        var next = _time.GetUtcNow() + wait;
        if (exit is null)
            _log.ShardNotStarted(_name, State.NotStarted ?? "unknown", wait.TotalSeconds);
        else
            _log.ShardEnded(_name, exit.ToString(), wait.TotalSeconds);
        Become(s => s with { Phase = ShardPhase.Waiting, NextStart = next });
    }

    private void Kill(TimeSpan deadline)
    {
        lock (_gate)
        {
            if (_process is not { HasExited: false } process)
                return;
            _log.ShardKilled(_name, process.Id, deadline.TotalSeconds);
            process.Kill();
        }
    }

    private void Become(Func<ShardState, ShardState> change)
    {
        lock (_telling)
        {
            var state = change(_state);
            if (state == _state)
                return;
            _state = state;
            Changed?.Invoke(state);
        }
    }
}
