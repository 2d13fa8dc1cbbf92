using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>The terminals of a host: starts them, keeps them a while after their end, forgets them.</summary>
public sealed class TerminalTable : IAsyncDisposable
{
    // Those who come for one of them are told that it is over, not that it never was.
    private const int MostForgotten = 10_000;

    // For viewers to take the last output and the exit of a terminal that is forgotten.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ActivityPeriod = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Entry> _terminals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _starting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Entry, Task> _lives = new();
    private readonly Forgotten _forgotten = new(MostForgotten);
    private readonly PtyReactor _reactor;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ITimer _activity;
    private readonly CancellationTokenSource _closing = new();
    private volatile bool _isStopping;

    /// <param name="reactor">The caller's; it lives longer than the table.</param>
    public TerminalTable(TableRules rules, PtyReactor reactor, ILoggerFactory logs, TimeProvider time)
    {
        Rules = rules;
        _reactor = reactor;
        _logs = logs;
        _log = logs.CreateLogger<TerminalTable>();
        _time = time;
        Changes = new ChangeLog(rules.Host, time);
        _activity = time.CreateTimer(static table => ((TerminalTable)table!).TellActivity(), this, ActivityPeriod, ActivityPeriod);
    }

    public TableRules Rules { get; }

    public bool IsStopping => _isStopping;

    public int Count => _terminals.Count;

    internal ChangeLog Changes { get; }

    internal IReadOnlyList<HostedTerminal> All => [.. _terminals.Values.Select(entry => entry.Terminal)];

    /// <summary>What the terms of a terminal are sealed with, also of one that was here; null when there is no such terminal, or it has no key.</summary>
    public string? KeyOf(string id) => _terminals.TryGetValue(id, out var entry) ? entry.Terminal.Terminal.Order.Key : _forgotten.KeyOf(id);

    /// <inheritdoc cref="Start(TerminalOrder, int, out Task{ExitFrame}?)"/>
    public HostRefusal? Start(TerminalOrder order, int mostViewers) => Start(order, mostViewers, out _);

    /// <summary>Starts a terminal.</summary>
    /// <param name="mostViewers">Most that may be attached at once.</param>
    /// <param name="ended">How it ended, when its recording is closed, too; null when it was not started.</param>
    /// <returns>Null when it runs; else why not.</returns>
    public HostRefusal? Start(TerminalOrder order, int mostViewers, out Task<ExitFrame>? ended)
    {
        ended = null;
        if (_isStopping)
            return HostRefusal.Stopping;
        if (_terminals.Count >= Rules.MostTerminals)
            return new HostRefusal("too_many_terminals", 429, 4429, $"The host has {Rules.MostTerminals} terminals, the most that it may. End others first.", "backoff");
        if (order.Recording != RecordingMode.Off && Rules.Recordings is null)
            return new HostRefusal("recording_unavailable", 422, 4500, "The host has no folder for recordings.");
        if (!_starting.TryAdd(order.Id, default))
            return Exists(order.Id);
        try
        {
            return _terminals.ContainsKey(order.Id) ? Exists(order.Id) : StartNew(order, mostViewers, out ended);
        }
        finally
        {
            _starting.TryRemove(order.Id, out _);
        }
    }

    /// <summary>Ends a terminal with all its processes, and forgets it. False when there is none.</summary>
    /// <param name="keeps">Its output and recording are kept as those of one that ended by itself.</param>
    public async Task<bool> DeleteAsync(string id, EndCause cause, bool keeps = false)
    {
        if (!_terminals.TryGetValue(id, out var entry))
            return false;
        await entry.Terminal.Terminal.StopAsync(cause);
        await entry.Terminal.Ended;
        if (keeps)
            return true;
        entry.Forget.TrySetResult();
        await entry.Forgotten.Task;
        return true;
    }

    /// <summary>Done when the terminal has ended and is not kept any more, or there is none.</summary>
    public Task WhenForgottenAsync(string id) => _terminals.TryGetValue(id, out var entry) ? entry.Forgotten.Task : Task.CompletedTask;

    /// <summary>Takes no more orders, tells all viewers, and ends all terminals. Done when all processes are gone.</summary>
    public async Task StopAllAsync()
    {
        _isStopping = true;
        Changes.Wake();
        var all = All;
        foreach (var terminal in all)
            terminal.Tell(new NoticeFrame("host_stopping", "The host of this terminal ends, and the terminal with it.") { Seconds = 0 });
        await Task.WhenAll(all.Select(terminal => terminal.Terminal.StopAsync(EndCause.HostStopping)));
        await Task.WhenAll(all.Select(terminal => (Task)terminal.Ended));
    }

    /// <summary>Done when no viewer is attached to any terminal, of those that are just being forgotten too, or the time is over.</summary>
    public Task WhenNobodyAsync(TimeSpan most) => PauseAsync(most, Task.WhenAll(_lives.Keys.Select(entry => entry.Terminal.WhenEmptyAsync())));

    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        await _closing.CancelAsync();
        await Task.WhenAll(_lives.Values);
        await _activity.DisposeAsync();
        _closing.Dispose();
    }

    internal HostedTerminal? Find(string id) => _terminals.GetValueOrDefault(id)?.Terminal;

    /// <summary>It was here.</summary>
    internal bool IsForgotten(string id) => _forgotten.Has(id);

    private static HostRefusal Exists(string id) => new("terminal_exists", 409, 4409, $"There is a terminal {id} already.");

    private HostRefusal? StartNew(TerminalOrder order, int mostViewers, out Task<ExitFrame>? ended)
    {
        ended = null;
        Recorder? recorder;
        try
        {
            recorder = order.Recording == RecordingMode.Off ? null : Recorder.Open(Rules.Recordings!, order, _log, _time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new HostRefusal("recording_unavailable", 422, 4500, $"The recording cannot be written: {e.Message.Replace(Rules.Recordings!, "the folder of recordings", StringComparison.Ordinal)}");
        }

        Terminal terminal;
        try
        {
            terminal = Terminal.Start(order, _reactor, _logs.CreateLogger<Terminal>(), _time);
        }
        catch (TerminalStartException e)
        {
            recorder?.Discard();
            return new HostRefusal(e.Label, e.Fault == StartFault.BadOrder ? 400 : 422, 4500, e.Message);
        }
        catch
        {
            recorder?.Discard();
            throw;
        }

        var entry = new Entry(new HostedTerminal(terminal, mostViewers, recorder, Changes, _time));
        _terminals[order.Id] = entry;
        ended = entry.Terminal.Ended;
        entry.Terminal.TellStarted();
        _lives[entry] = LiveAsync(entry);
        return null;
    }

    /// <summary>From the start of a terminal to its being forgotten, and until the last viewer has its end.</summary>
    private async Task LiveAsync(Entry entry)
    {
        await Task.Yield();
        var terminal = entry.Terminal;
        await terminal.Ended;
        await PauseAsync(Rules.KeepEnded, entry.Forget.Task);
        _forgotten.Add(terminal.Id, terminal.Terminal.Order.Key);
        _terminals.TryRemove(terminal.Id, out _);
        Changes.Add("forgotten", terminal.Id);
        entry.Forgotten.SetResult();
        await PauseAsync(Farewell, terminal.WhenEmptyAsync());
        await terminal.DisposeAsync();
        _lives.TryRemove(entry, out _);
    }

    /// <summary>Until something comes, the time is over, or the host closes.</summary>
    private async Task PauseAsync(TimeSpan time, Task until)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        await Task.WhenAny(until, Task.Delay(time, _time, over.Token));
        await over.CancelAsync();
    }

    private void TellActivity()
    {
        foreach (var entry in _terminals.Values)
        {
            var last = entry.Terminal.Terminal.LastActivity;
            if (last <= entry.ToldActivity)
                continue;
            entry.ToldActivity = last;
            Changes.Add("activity", entry.Terminal.Id);
        }
    }

    private sealed class Entry(HostedTerminal terminal)
    {
        internal HostedTerminal Terminal { get; } = terminal;

        internal TaskCompletionSource Forget { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource Forgotten { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal DateTimeOffset ToldActivity { get; set; } = DateTimeOffset.MinValue;
    }
}
