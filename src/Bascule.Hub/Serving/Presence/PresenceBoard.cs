namespace Bascule.Hub;

/// <summary>Who is on which topic, over all shards of a gateway. Changes are told once a second.</summary>
public sealed class PresenceBoard(TimeProvider time)
{
    /// <summary>Clients of a shard that died come back within seconds, to another one: for them nothing has changed.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, TopicPresence> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<TopicPresence> _changed = [];
    private readonly List<PresenceShare> _shares = [];

    internal Lock Gate { get; } = new();

    /// <summary>A shard begins, with nobody on it.</summary>
    /// <param name="shard">Its name, which it keeps when it starts anew.</param>
    public PresenceShare Enter(string shard, IPresenceReader reader)
    {
        lock (Gate)
        {
            var share = new PresenceShare(this, shard, reader);
            _shares.Add(share);
            return share;
        }
    }

    /// <summary>Tells what changed since the last time. Called once a second.</summary>
    public void Tell()
    {
        lock (Gate)
        {
            for (var i = _shares.Count - 1; i >= 0; i--)
            {
                if (_shares[i].LeftAt is { } leftAt && time.GetElapsedTime(leftAt) >= Grace)
                    Forget(_shares[i]);
            }

            if (_changed.Count == 0)
                return;
            foreach (var presence in _changed)
                presence.Tell(_shares);
            _changed.Clear();
            foreach (var share in _shares)
                share.HandOver();
        }
    }

    internal void Change(PresenceShare share, string topic, string? user, int connections)
    {
        var presence = On(topic);
        presence.Change(share, user, connections, _shares);
        Changed(presence);
    }

    internal void Watch(PresenceShare share, string topic)
    {
        var presence = On(topic);
        presence.Watchers.Add(share);
        share.Reader.Take([presence.State(isAnswer: true)]);
    }

    internal void Unwatch(PresenceShare share, string topic)
    {
        if (!_topics.TryGetValue(topic, out var presence) || !presence.Unwatch(share))
            return;
        if (presence.IsEmpty)
            _topics.Remove(topic);
    }

    internal void Leave(PresenceShare share)
    {
        if (share.LeftAt is not null)
            return;
        foreach (var topic in share.Watched)
            Unwatch(share, topic);
        share.Watched.Clear();
        // A shard that dies again and again leaves no more behind than one that dies once.
        if (_shares.Find(other => other.Shard == share.Shard && other.LeftAt is not null) is { } older)
            Forget(older);
        share.LeftAt = time.GetTimestamp();
    }

    private TopicPresence On(string topic)
    {
        if (!_topics.TryGetValue(topic, out var presence))
            _topics.Add(topic, presence = new TopicPresence(topic));
        return presence;
    }

    private void Forget(PresenceShare share)
    {
        _shares.Remove(share);
        foreach (var presence in _topics.Values)
        {
            if (presence.Forget(share, _shares))
                Changed(presence);
        }
    }

    private void Changed(TopicPresence presence)
    {
        if (presence.Watchers.Count > 0)
            _changed.Add(presence);
        else if (presence.IsEmpty)
            _topics.Remove(presence.Topic);
    }
}
