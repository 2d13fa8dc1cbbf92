using Bascule.Protocol;
using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>Who is on which topic of this shard, for topics where that is switched on. Changes are told once a second to those who asked.</summary>
internal sealed class PresenceTable(IReadOnlyDictionary<string, TopicSettings> rules)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TopicPresence> _topics = new(StringComparer.Ordinal);

    /// <summary>A subscription of a topic begins. Patterns are not on a topic.</summary>
    internal void Join(HubConnection connection, string topic)
    {
        if (!IsOn(topic))
            return;
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var presence))
                _topics.Add(topic, presence = new TopicPresence());
            presence.Join(connection);
            connection.PresentOn.Add(topic);
        }
    }

    internal void Leave(HubConnection connection, string topic)
    {
        if (!IsOn(topic))
            return;
        lock (_gate)
        {
            if (connection.PresentOn.Remove(topic))
                Forget(connection, topic);
        }
    }

    /// <summary>The connection is over.</summary>
    internal void Leave(HubConnection connection)
    {
        if (rules.Count == 0)
            return;
        lock (_gate)
        {
            foreach (var topic in connection.PresentOn)
                Forget(connection, topic);
            connection.PresentOn.Clear();
        }
    }

    /// <summary>Answers with the state, and tells of changes from now on, until the connection ends.</summary>
    /// <returns>False when it is off for the topic, or watched by as many as may.</returns>
    internal bool TryWatch(HubConnection connection, string topic, string? id)
    {
        if (!IsOn(topic))
            return false;
        lock (_gate)
        {
            if (!_topics.TryGetValue(topic, out var presence))
                _topics.Add(topic, presence = new TopicPresence());
            if (!presence.TryWatch(connection))
                return false;
            connection.PresentOn.Add(topic);
            connection.Sender.Post(Opcode.Text, ServerMessages.Presence(id, topic, presence.Count, null, presence.Some()));
            return true;
        }
    }

    /// <summary>Tells what changed since the last time.</summary>
    internal void Tell()
    {
        if (rules.Count == 0)
            return;
        lock (_gate)
        {
            foreach (var (topic, presence) in _topics)
                presence.Tell(topic);
        }
    }

    private void Forget(HubConnection connection, string topic)
    {
        var presence = _topics[topic];
        presence.Leave(connection);
        if (presence.IsEmpty)
            _topics.Remove(topic);
    }

    private bool IsOn(string topic)
    {
        if (rules.Count == 0 || TopicPattern.IsPattern(topic))
            return false;
        if (rules.TryGetValue(topic, out var own))
            return own.Presence;
        TopicSettings? best = null;
        var length = -1;
        foreach (var (pattern, settings) in rules)
        {
            if (pattern.Length > length && TopicPattern.Fits(pattern, topic))
                (best, length) = (settings, pattern.Length);
        }

        return best?.Presence ?? false;
    }
}
