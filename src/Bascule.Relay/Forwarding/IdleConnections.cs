namespace Bascule.Relay;

/// <summary>Connections to back ends that wait for their next request. The newest is taken first, so that the others can go.</summary>
internal sealed class IdleConnections : IDisposable
{
    /// <summary>Enough for a burst on one node. More are closed instead of kept.</summary>
    private const int MaximumPerNode = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeAddress, List<BackendConnection>> _kept = [];
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private bool _disposed;

    internal IdleConnections(TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _time = time;
        _sweep = time.CreateTimer(static state => ((IdleConnections)state!).Sweep(), this, limit, limit);
    }

    /// <summary>A connection that is open as far as can be seen, or null.</summary>
    internal BackendConnection? Take(NodeAddress address)
    {
        while (Pop(address) is { } connection)
        {
            if (_time.GetElapsedTime(connection.IdleSince) < _limit && connection.IsQuiet)
                return connection;
            connection.Dispose();
        }

        return null;
    }

    /// <summary>Keeps it, or closes it.</summary>
    internal void Keep(BackendConnection connection)
    {
        connection.Release();
        connection.IdleSince = _time.GetTimestamp();
        if (!Push(connection))
            connection.Dispose();
    }

    public void Dispose()
    {
        _sweep.Dispose();
        List<BackendConnection> left;
        lock (_gate)
        {
            _disposed = true;
            left = [.. _kept.Values.SelectMany(list => list)];
            _kept.Clear();
        }

        Close(left);
    }

    private BackendConnection? Pop(NodeAddress address)
    {
        lock (_gate)
        {
            if (!_kept.TryGetValue(address, out var list) || list.Count == 0)
                return null;
            var newest = list[^1];
            list.RemoveAt(list.Count - 1);
            return newest;
        }
    }

    private bool Push(BackendConnection connection)
    {
        lock (_gate)
        {
            if (_disposed)
                return false;
            if (!_kept.TryGetValue(connection.Address, out var list))
                _kept.Add(connection.Address, list = []);
            if (list.Count == MaximumPerNode)
                return false;
            list.Add(connection);
            return true;
        }
    }

    private void Sweep()
    {
        List<BackendConnection> old = [];
        lock (_gate)
        {
            foreach (var (address, list) in _kept.ToArray())
            {
                // Oldest first: they were appended in the order in which they came.
                while (list.Count > 0 && _time.GetElapsedTime(list[0].IdleSince) >= _limit)
                {
                    old.Add(list[0]);
                    list.RemoveAt(0);
                }

                if (list.Count == 0)
                    _kept.Remove(address);
            }
        }

        Close(old);
    }

    private static void Close(List<BackendConnection> connections)
    {
        foreach (var connection in connections)
            connection.Dispose();
    }
}
