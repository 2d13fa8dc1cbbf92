using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>The share of one connection in what its user may send; all connections of the user draw on the same. To be disposed when the connection has ended.</summary>
public sealed class UserAllowance : IDisposable
{
    private readonly UserAllowances _table;
    private readonly string _key;
    private int _left;

    internal UserAllowance(UserAllowances table, string key, Allowance shared)
    {
        _table = table;
        _key = key;
        Shared = shared;
    }

    internal Allowance Shared { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            _table.Leave(_key);
    }
}

/// <summary>What each user may send on this gateway, as long as he has a connection here: never more entries than connections.</summary>
public sealed class UserAllowances(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Allowance Allowance, int Connections)> _users = new(StringComparer.Ordinal);

    /// <summary>Users that have a connection with such a limit.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _users.Count;
        }
    }

    /// <summary>A share for one connection, or null where the limits name no rate of the user. With other limits than before, the new ones hold for all of his connections.</summary>
    /// <param name="key">The user, and whatever else has allowances of its own.</param>
    public UserAllowance? Enter(string key, in MessageLimits limits)
    {
        if (limits.UserMessagesPerSecond is null && limits.UserBytesPerSecond is null)
            return null;
        lock (_gate)
        {
            if (_users.TryGetValue(key, out var user))
                user.Allowance.ChangeTo(limits.UserMessagesPerSecond, limits.UserBytesPerSecond);
            else
                user = (new Allowance(limits.UserMessagesPerSecond, limits.UserBytesPerSecond, time), 0);
            _users[key] = (user.Allowance, user.Connections + 1);
            return new UserAllowance(this, key, user.Allowance);
        }
    }

    internal void Leave(string key)
    {
        lock (_gate)
        {
            var user = _users[key];
            if (user.Connections == 1)
                _users.Remove(key);
            else
                _users[key] = (user.Allowance, user.Connections - 1);
        }
    }
}
