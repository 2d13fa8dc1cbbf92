using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>Who is on one topic, and who wants to know. The table's lock is held around every call.</summary>
internal sealed class TopicPresence
{
    /// <summary>As many names as fit into an answer of a few KiB.</summary>
    private const int MostNamed = 100;

    /// <summary>More changes in a second are told as one new state.</summary>
    private const int MostChanges = 10;

    /// <summary>Each change is told to each of them.</summary>
    private const int MostWatchers = 1000;

    private readonly HashSet<HubConnection> _here = [];
    private readonly HashSet<HubConnection> _watchers = [];

    /// <summary>How many connections each user has here.</summary>
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly List<PresenceChange> _changes = [];
    private int _changed;

    /// <summary>Connections, whoever they are of.</summary>
    internal int Count => _here.Count;

    internal bool IsEmpty => _here.Count == 0 && _watchers.Count == 0;

    internal void Join(HubConnection connection)
    {
        if (!_here.Add(connection))
            return;
        var user = connection.Terms.User;
        if (user is null || (_users[user] = _users.GetValueOrDefault(user) + 1) == 1)
            Changed(user, joined: true);
    }

    internal void Leave(HubConnection connection)
    {
        _watchers.Remove(connection);
        if (!_here.Remove(connection))
            return;
        var user = connection.Terms.User;
        if (user is not null && --_users[user] > 0)
            return;
        if (user is not null)
            _users.Remove(user);
        Changed(user, joined: false);
    }

    internal bool TryWatch(HubConnection connection)
    {
        if (_watchers.Count >= MostWatchers && !_watchers.Contains(connection))
            return false;
        _watchers.Add(connection);
        return true;
    }

    internal IReadOnlyCollection<string> Some() => [.. _users.Keys.Take(MostNamed)];

    internal void Tell(string topic)
    {
        if (_changed == 0)
            return;
        if (_changed > _changes.Count || _changed > MostChanges)
            TellAll(topic, null);
        else
        {
            foreach (var change in _changes)
                TellAll(topic, change);
        }

        _changes.Clear();
        _changed = 0;
    }

    private void TellAll(string topic, PresenceChange? change)
    {
        var message = ServerMessages.Presence(null, topic, Count, change, change is null ? Some() : []).ToArray();
        foreach (var watcher in _watchers)
            watcher.Sender.Post(Opcode.Text, message, asked: false);
    }

    private void Changed(string? user, bool joined)
    {
        _changed++;
        if (user is not null && _changes.Count < MostChanges)
            _changes.Add(new PresenceChange(user, joined));
    }
}
