using Bascule.Model;

namespace Bascule.Relay;

/// <summary>The ready connections of one node. Each has a task that opens it, watches it and ends when it is taken or closed.</summary>
internal sealed class ReadyNode(NodeConnector connector, NodeAddress address, TimeSpan connectLimit, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Opened at once: a node that comes back is not met by a storm of handshakes. One only after a failure.</summary>
    private const int MaxOpening = 4;

    /// <summary>
    /// Servers close connections that send no request: those of Python's websockets and of Netty after 10 s, Apache and Tomcat after 20 s as they are shipped, nginx and
    /// Node.js after 60 s. Below all of those, so that few are lost at the moment when they are needed.
    /// </summary>
    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(8);

    /// <summary>A node that closes sooner does not want connections that wait: opening more at once would go on for ever.</summary>
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<Waiting> _ready = [];
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _stop = new();
    private int _wanted;
    private int _opening;
    private int _failures;
    private long _failedAt;
    private Ending? _failure;
    private long _hits;
    private long _misses;
    private bool _stopped;

    /// <param name="OpenSince">A timestamp of the clock.</param>
    /// <param name="Gone">Completes when it is taken or cut.</param>
    private sealed record Waiting(NodeConnection Connection, long OpenSince, TaskCompletionSource Gone);

    internal ReadyCounts Counts
    {
        get
        {
            lock (_gate)
                return new ReadyCounts(address, _wanted, _ready.Count, _hits, _misses, _failure);
        }
    }

    internal void Want(int count)
    {
        List<Waiting> unwanted;
        lock (_gate)
        {
            _wanted = count;
            unwanted = _ready[..Math.Max(0, _ready.Count - count)];
            _ready.RemoveRange(0, unwanted.Count);
        }

        Cut(unwanted);
        Fill();
    }

    /// <summary>The oldest that is quiet: so each is used before it is too old.</summary>
    internal NodeConnection? Take()
    {
        List<Waiting> dead = [];
        NodeConnection? taken = null;
        lock (_gate)
        {
            while (taken is null && _ready.Count > 0)
            {
                var oldest = _ready[0];
                _ready.RemoveAt(0);
                if (!oldest.Connection.IsQuiet || IsOld(oldest))
                {
                    dead.Add(oldest);
                    NoteDeath(oldest);
                    continue;
                }

                taken = oldest.Connection;
                oldest.Gone.SetResult();
            }

            _ = taken is null ? _misses++ : _hits++;
        }

        Cut(dead);
        Fill();
        return taken;
    }

    /// <summary>Replaces those that are too old, and tries again after a back-off.</summary>
    internal void Sweep()
    {
        List<Waiting> old;
        lock (_gate)
        {
            old = _ready.FindAll(IsOld);
            _ready.RemoveAll(old.Contains);
            // One that was opened after the last failure and still waits: the node is well again.
            if (_failures > 0 && _ready.Exists(w => w.OpenSince >= _failedAt && time.GetElapsedTime(w.OpenSince) >= ShortLife))
                (_failures, _failure) = (0, null);
        }

        Cut(old);
        Fill();
    }

    /// <summary>Closes what waits and ends what is being opened.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Waiting> left;
        Task[] tasks;
        lock (_gate)
        {
            _stopped = true;
            left = [.. _ready];
            _ready.Clear();
            tasks = [.. _tasks];
        }

        await _stop.CancelAsync();
        Cut(left);
        await Task.WhenAll(tasks);
        _stop.Dispose();
    }

    private void Fill()
    {
        lock (_gate)
        {
            _tasks.RemoveAll(static task => task.IsCompletedSuccessfully);
            if (_stopped || (_failures > 0 && time.GetElapsedTime(_failedAt) < BackOff()))
                return;
            var most = _failures > 0 ? 1 : MaxOpening;
            while (_opening < most && _ready.Count + _opening < _wanted)
            {
                _opening++;
                _tasks.Add(KeepOneAsync());
            }
        }
    }

    private async Task KeepOneAsync()
    {
        // Neither in the lock nor on the time of the client that took one.
        await Task.Yield();
        if (await OpenAsync() is not { } waiting)
        {
            Fill();
            return;
        }

        Fill();
        await Task.WhenAny(waiting.Connection.Watch(), waiting.Gone.Task);
        if (!Remove(waiting))
            return;
        waiting.Connection.Cut();
        Fill();
    }

    private async Task<Waiting?> OpenAsync()
    {
        // Stays when something is thrown that nobody expects, so that it is not repeated without end.
        Ending? failure = new Ending(EndReasons.GatewayFault);
        Waiting? opened = null;
        try
        {
            using var deadline = new StepDeadline(time, _stop.Token);
            (var connection, failure) = await connector.ConnectAsync(address, ConnectionUse.WebSocket, connectLimit, deadline);
            if (connection is not null)
                opened = Add(connection);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            failure = null;
        }
        finally
        {
            lock (_gate)
            {
                _opening--;
                if (failure is { } seen)
                    NoteFailure(seen);
            }
        }

        return opened;
    }

    /// <summary>Null, and the connection cut, when it is not wanted any more.</summary>
    private Waiting? Add(NodeConnection connection)
    {
        // The watch comes first: what is in the list is watched.
        _ = connection.Watch();
        var waiting = new Waiting(connection, time.GetTimestamp(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (!_stopped && _ready.Count < _wanted)
            {
                _ready.Add(waiting);
                return waiting;
            }
        }

        connection.Cut();
        return null;
    }

    /// <summary>False when it is somebody else's already. Else its node closed it, or spoke unasked.</summary>
    private bool Remove(Waiting waiting)
    {
        lock (_gate)
        {
            if (!_ready.Remove(waiting))
                return false;
            NoteDeath(waiting);
            return true;
        }
    }

    private void NoteDeath(Waiting waiting)
    {
        if (time.GetElapsedTime(waiting.OpenSince) < ShortLife)
            NoteFailure(new Ending(EndReasons.BackendClosedEarly, $"{address} closes connections that wait, or speaks first"));
    }

    private void NoteFailure(Ending failure)
    {
        _failures++;
        _failedAt = time.GetTimestamp();
        _failure = failure;
    }

    /// <summary>1 s, 2 s, 4 s … 30 s.</summary>
    private TimeSpan BackOff() => TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks << Math.Min(_failures - 1, 10)));

    private bool IsOld(Waiting waiting) => time.GetElapsedTime(waiting.OpenSince) >= MaximumAge;

    private static void Cut(List<Waiting> unwanted)
    {
        foreach (var waiting in unwanted)
        {
            waiting.Gone.SetResult();
            waiting.Connection.Cut();
        }
    }
}
