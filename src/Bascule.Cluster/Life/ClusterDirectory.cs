namespace Bascule.Cluster;

/// <summary>The open connections of this gateway, and which of them the store has yet to be told.</summary>
public sealed class ClusterDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenConnection> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _untold = new(StringComparer.Ordinal);

    public void Opened(OpenConnection connection)
    {
        lock (_gate)
        {
            _open[connection.Id] = connection;
            _untold.Add(connection.Id);
        }
    }

    public void Closed(string id)
    {
        lock (_gate)
        {
            if (_open.Remove(id))
                _untold.Add(id);
        }
    }

    /// <summary>Takes out what the store is to be told next; whether there is more.</summary>
    internal (IReadOnlyList<OpenConnection> Opened, IReadOnlyList<string> Closed, bool HasMore) TakeChanges(int most)
    {
        lock (_gate)
        {
            List<OpenConnection> opened = [];
            List<string> closed = [];
            foreach (var id in _untold.Take(most))
            {
                if (_open.TryGetValue(id, out var connection))
                    opened.Add(connection);
                else
                    closed.Add(id);
            }

            foreach (var connection in opened)
                _untold.Remove(connection.Id);
            foreach (var id in closed)
                _untold.Remove(id);
            return (opened, closed, _untold.Count > 0);
        }
    }

    /// <summary>The store knows nothing of us: it is told of all that are open.</summary>
    internal void StartOver()
    {
        lock (_gate)
        {
            _untold.Clear();
            _untold.UnionWith(_open.Keys);
        }
    }
}
