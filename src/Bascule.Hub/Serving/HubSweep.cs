using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Looks through all connections of a shard once a second: limits of time, pings, counts. One timer for all of them.</summary>
internal sealed class HubSweep : IAsyncDisposable
{
    /// <summary>Every limit of time is a second or more, so it is met with at most this much delay.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<HubConnection> _open = [];
    private readonly PresenceBoard _presence;
    private readonly Standstills _still;
    private readonly ITimer _timer;
    private HubCounts _counts;
    private HubConnection[] _looking = [];
    private int _sweeping;

    internal HubSweep(PresenceBoard presence, TimeProvider time)
    {
        _presence = presence;
        _still = new Standstills(Period, time);
        _timer = time.CreateTimer(static sweep => ((HubSweep)sweep!).Run(), this, Period, Period);
    }

    internal int Count
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    internal HubCounts Counts
    {
        get
        {
            lock (_gate)
                return _counts;
        }
    }

    internal void Add(HubConnection connection)
    {
        lock (_gate)
            _open.Add(connection);
    }

    /// <summary>Takes it out and counts what it carried since the last sweep.</summary>
    internal void Remove(HubConnection connection)
    {
        Take(connection);
        lock (_gate)
            _open.Remove(connection);
    }

    internal IReadOnlyList<HubConnection> Open()
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
            _still.Look();
            var count = CopyOpen();
            for (var i = 0; i < count; i++)
            {
                _looking[i].Look(_still);
                Take(_looking[i]);
            }

            Array.Clear(_looking, 0, count);
            _presence.Tell();
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private int CopyOpen()
    {
        lock (_gate)
        {
            if (_looking.Length < _open.Count)
                _looking = new HubConnection[_open.Count * 2];
            _open.CopyTo(_looking);
            return _open.Count;
        }
    }

    private void Take(HubConnection connection)
    {
        var traffic = connection.TakeTraffic();
        lock (_gate)
            _counts += traffic;
    }
}
