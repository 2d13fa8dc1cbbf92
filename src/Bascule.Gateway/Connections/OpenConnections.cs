using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>All open connections of this gateway, to be found by what is known of them.</summary>
public sealed class OpenConnections
{
    private readonly Lock _gate = new();
    private readonly Dictionary<AttemptId, OpenConnection> _byId = [];

    public int Count
    {
        get
        {
            lock (_gate)
                return _byId.Count;
        }
    }

    /// <summary>Told of each connection that opens or ends; called outside the lock.</summary>
    public event Action<OpenConnection, bool>? Changed;

    public OpenConnection? Find(AttemptId id)
    {
        lock (_gate)
            return _byId.GetValueOrDefault(id);
    }

    /// <summary>A copy: what opens or ends meanwhile is not in it.</summary>
    public IReadOnlyList<OpenConnection> All()
    {
        lock (_gate)
            return [.. _byId.Values];
    }

    public List<OpenConnection> Select(ConnectionSelector selector)
    {
        if (selector.Attempt is { } id)
            return Find(id) is { } one && selector.Matches(one) ? [one] : [];
        return [.. All().Where(selector.Matches)];
    }

    internal void Add(OpenConnection connection)
    {
        lock (_gate)
            _byId[connection.Attempt.Id] = connection;
        Changed?.Invoke(connection, true);
    }

    internal void Remove(OpenConnection connection)
    {
        lock (_gate)
            _byId.Remove(connection.Attempt.Id);
        Changed?.Invoke(connection, false);
    }
}
