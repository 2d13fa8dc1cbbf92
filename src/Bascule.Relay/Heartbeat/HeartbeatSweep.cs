using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Relay;

/// <summary>Looks through all open connections once a second: pings, limits of time, and the counts for the metrics. One timer for all of them.</summary>
public sealed class HeartbeatSweep : IAsyncDisposable
{
    /// <summary>Every limit of time is a second or more, so it is met with at most this much delay.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<RelayConnection> _open = [];
    private readonly Action<DirectionCounts, DirectionCounts> _traffic;
    private readonly TimeSpan _cleanupInterval;
    private readonly TimeProvider _time;
    private readonly Standstills _still;
    private readonly ITimer _timer;
    private RelayConnection[] _looking = [];
    private long _cleanedAt;
    private int _sweeping;

    /// <param name="traffic">Gets what was carried since the last sweep: client to back end, back end to client.</param>
    public HeartbeatSweep(HeartbeatSettings settings, Action<DirectionCounts, DirectionCounts> traffic, TimeProvider time)
    {
        _cleanupInterval = settings.CleanupInterval;
        _traffic = traffic;
        _time = time;
        _cleanedAt = time.GetTimestamp();
        _still = new Standstills(Period, time);
        _timer = time.CreateTimer(static sweep => ((HeartbeatSweep)sweep!).Run(), this, Period, Period);
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    public void Add(RelayConnection connection)
    {
        lock (_gate)
            _open.Add(connection);
    }

    /// <summary>Takes it out and counts what it carried since the last sweep.</summary>
    public void Remove(RelayConnection connection)
    {
        lock (_gate)
        {
            if (!_open.Remove(connection))
                return;
        }

        Take(connection);
    }

    /// <summary>All that are open now.</summary>
    public IReadOnlyList<RelayConnection> Open()
    {
        lock (_gate)
            return [.. _open];
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Run()
    {
        // A sweep that takes longer than the period is not overtaken by the next one.
        if (Interlocked.Exchange(ref _sweeping, 1) == 1)
            return;
        try
        {
            SweepAll();
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private void SweepAll()
    {
        var count = CopyOpen();
        _still.Look();
        var cleanup = _time.GetElapsedTime(_cleanedAt) >= _cleanupInterval;
        if (cleanup)
            _cleanedAt = _time.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            _looking[i].Sweep(cleanup, _still);
            Take(_looking[i]);
        }

        Array.Clear(_looking, 0, count);
    }

    private int CopyOpen()
    {
        lock (_gate)
        {
            if (_looking.Length < _open.Count)
                _looking = new RelayConnection[_open.Count * 2];
            _open.CopyTo(_looking);
            return _open.Count;
        }
    }

    private void Take(RelayConnection connection)
    {
        var (up, down) = connection.TakeTraffic();
        if (up != default || down != default)
            _traffic(up, down);
    }
}
