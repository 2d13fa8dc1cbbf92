using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>Which connections of this shard are on which topic, for topics where presence is switched on, and which of them want to know. Who is on the other shards, the desk knows.</summary>
public sealed class PresenceTable : IPresenceReader
{
    private readonly IReadOnlyDictionary<string, TopicSettings> _rules;
    private readonly IPresenceDesk _desk;
    private readonly Dictionary<string, PresenceWatch> _watches = new(StringComparer.Ordinal);

    internal PresenceTable(IReadOnlyDictionary<string, TopicSettings> rules, Func<IPresenceReader, IPresenceDesk> enter)
    {
        _rules = rules;
        _desk = enter(this);
    }

    /// <inheritdoc />
    public void Take(IReadOnlyList<PresenceNews> news)
    {
        lock (_desk.Gate)
        {
            foreach (var one in news)
            {
                // Those who asked may have left meanwhile.
                if (_watches.TryGetValue(one.Topic, out var watch))
                    watch.Tell(one);
            }
        }
    }

    /// <summary>A subscription of a topic begins. Patterns are not on a topic.</summary>
    internal void Join(HubConnection connection, string topic)
    {
        if (!IsOn(topic))
            return;
        lock (_desk.Gate)
        {
            if (connection.PresentOn.Add(topic))
                _desk.Change(topic, connection.Terms.User, 1);
        }
    }

    internal void Leave(HubConnection connection, string topic)
    {
        if (!IsOn(topic))
            return;
        lock (_desk.Gate)
        {
            if (connection.PresentOn.Remove(topic))
                _desk.Change(topic, connection.Terms.User, -1);
            if (connection.Watching.Remove(topic))
                Unwatch(connection, topic);
        }
    }

    /// <summary>The connection is over.</summary>
    internal void Leave(HubConnection connection)
    {
        if (_rules.Count == 0)
            return;
        lock (_desk.Gate)
        {
            foreach (var topic in connection.PresentOn)
                _desk.Change(topic, connection.Terms.User, -1);
            connection.PresentOn.Clear();
            foreach (var topic in connection.Watching)
                Unwatch(connection, topic);
            connection.Watching.Clear();
        }
    }

    /// <summary>The connection may read less than before: of the rest it is told nothing more.</summary>
    internal void Narrow(HubConnection connection, TopicGrants read)
    {
        if (_rules.Count == 0)
            return;
        lock (_desk.Gate)
        {
            foreach (var topic in connection.Watching.Where(topic => !read.Allows(topic)).ToList())
            {
                connection.Watching.Remove(topic);
                Unwatch(connection, topic);
            }
        }
    }

    /// <summary>Answers with the state, now or soon, and tells of changes from then on, until the connection ends.</summary>
    /// <returns>False when it is off for the topic, or the topic is watched by as many, or the connection watches as many, as may.</returns>
    internal bool TryWatch(HubConnection connection, string topic, string? id)
    {
        if (!IsOn(topic))
            return false;
        lock (_desk.Gate)
        {
            if (connection.Watching.Count >= connection.Terms.MostSubscriptions && !connection.Watching.Contains(topic))
                return false;
            if (!_watches.TryGetValue(topic, out var watch))
                _watches.Add(topic, watch = new PresenceWatch());
            if (!watch.TryAsk(connection, id))
                return false;
            connection.Watching.Add(topic);
            _desk.Watch(topic);
            return true;
        }
    }

    private void Unwatch(HubConnection connection, string topic)
    {
        var watch = _watches[topic];
        watch.Leave(connection);
        if (!watch.IsEmpty)
            return;
        _watches.Remove(topic);
        _desk.Unwatch(topic);
    }

    private bool IsOn(string topic)
    {
        if (_rules.Count == 0 || TopicPattern.IsPattern(topic))
            return false;
        if (_rules.TryGetValue(topic, out var own))
            return own.Presence;
        TopicSettings? best = null;
        var length = -1;
        foreach (var (pattern, settings) in _rules)
        {
            if (pattern.Length > length && TopicPattern.Fits(pattern, topic))
                (best, length) = (settings, pattern.Length);
        }

        return best?.Presence ?? false;
    }
}
