using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>The connections of one shard that want to know who is on a topic. The desk's lock is held around every call.</summary>
internal sealed class PresenceWatch
{
    /// <summary>Each change is told to each of them.</summary>
    private const int Most = 1000;

    private readonly HashSet<HubConnection> _watchers = [];

    /// <summary>Those who have no answer yet; a watcher may ask again.</summary>
    private readonly List<(HubConnection Connection, string? Id)> _asking = [];

    internal bool IsEmpty => _watchers.Count == 0 && _asking.Count == 0;

    /// <returns>False when as many watch as may.</returns>
    internal bool TryAsk(HubConnection connection, string? id)
    {
        if (_asking.Count >= Most || (_watchers.Count + _asking.Count >= Most && !_watchers.Contains(connection)))
            return false;
        _asking.Add((connection, id));
        return true;
    }

    internal void Leave(HubConnection connection)
    {
        _watchers.Remove(connection);
        _asking.RemoveAll(one => one.Connection == connection);
    }

    internal void Tell(PresenceNews news)
    {
        if (news.IsAnswer)
            Answer(news);
        else if (news.Changes.Count == 0)
            TellAll(news, null);
        else
        {
            foreach (var change in news.Changes)
                TellAll(news, change);
        }
    }

    private void Answer(PresenceNews news)
    {
        foreach (var (connection, id) in _asking)
        {
            connection.Sender.Post(Opcode.Text, ServerMessages.Presence(id, news.Topic, news.Count, null, news.Users));
            _watchers.Add(connection);
        }

        _asking.Clear();
    }

    private void TellAll(PresenceNews news, PresenceChange? change)
    {
        if (_watchers.Count == 0)
            return;
        var message = ServerMessages.Presence(null, news.Topic, news.Count, change, news.Users).ToArray();
        foreach (var watcher in _watchers)
            watcher.Sender.Post(Opcode.Text, message, asked: false);
    }
}
