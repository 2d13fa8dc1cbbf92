using System.Runtime.InteropServices;

namespace Bascule.Hub;

/// <summary>Who is on one topic, by shard, and which shards want to know. The board's lock is held around every call.</summary>
internal sealed class TopicPresence(string topic)
{
    /// <summary>As many names as fit into an answer of a few KiB.</summary>
    private const int MostNamed = 100;

    /// <summary>More changes in a second are told as one new state.</summary>
    private const int MostChanges = 10;

    /// <summary>Connections of each user on each shard; never 0. The user null: all who have no name.</summary>
    private readonly Dictionary<(PresenceShare Share, string? User), int> _here = [];

    /// <summary>Users whose presence changed since the last time, with what it was then; no more than are told one by one.</summary>
    private readonly Dictionary<string, bool> _before = new(StringComparer.Ordinal);
    private bool _isTellingAll;

    internal string Topic => topic;

    internal HashSet<PresenceShare> Watchers { get; } = [];

    /// <summary>Connections, whoever they are of.</summary>
    internal int Count { get; private set; }

    internal bool IsEmpty => _here.Count == 0 && Watchers.Count == 0;

    internal void Change(PresenceShare share, string? user, int connections, IReadOnlyList<PresenceShare> all)
    {
        var (was, count) = (IsHere(user, all), Count);
        Add(share, user, connections);
        // Who comes back from a shard that is gone was counted there.
        foreach (var gone in all)
        {
            if (connections > 0 && gone.LeftAt is not null)
                connections += Add(gone, user, -connections);
        }

        Note(user, was, count, all);
    }

    /// <summary>The shard is gone for good, and no more one of all.</summary>
    /// <returns>Whether it had anybody here.</returns>
    internal bool Forget(PresenceShare share, IReadOnlyList<PresenceShare> all)
    {
        var count = Count;
        foreach (var (key, connections) in _here)
        {
            if (key.Share != share)
                continue;
            var before = Count;
            _here.Remove(key);
            Count -= connections;
            Note(key.User, true, before, all);
        }

        return Count != count;
    }

    internal bool Unwatch(PresenceShare share)
    {
        if (!Watchers.Remove(share))
            return false;
        if (Watchers.Count == 0)
            Clear();
        return true;
    }

    internal PresenceNews State(bool isAnswer) => new(topic, Count, [], Some(), isAnswer);

    /// <summary>Notes what changed for those who want to know.</summary>
    internal void Tell(IReadOnlyList<PresenceShare> all)
    {
        List<PresenceChange> changes = [];
        foreach (var (user, was) in _before)
        {
            // Who left and came back within the second was never away.
            if (IsHere(user, all) != was)
                changes.Add(new PresenceChange(user, !was));
        }

        if (_isTellingAll || changes.Count > 0)
        {
            var news = _isTellingAll ? State(isAnswer: false) : new PresenceNews(topic, Count, changes, [], IsAnswer: false);
            foreach (var watcher in Watchers)
                watcher.Note(news);
        }

        Clear();
    }

    /// <returns>How many connections that changed: never more are taken than are there.</returns>
    private int Add(PresenceShare share, string? user, int connections)
    {
        ref var here = ref CollectionsMarshal.GetValueRefOrAddDefault(_here, (share, user), out _);
        var change = Math.Max(connections, -here);
        here += change;
        if (here == 0)
            _here.Remove((share, user));
        Count += change;
        return change;
    }

    private bool IsHere(string? user, IReadOnlyList<PresenceShare> all)
    {
        foreach (var share in all)
        {
            if (_here.ContainsKey((share, user)))
                return true;
        }

        return false;
    }

    private void Note(string? user, bool was, int count, IReadOnlyList<PresenceShare> all)
    {
        if (Watchers.Count == 0)
            return;
        if (user is null)
            _isTellingAll |= Count != count;
        else if (IsHere(user, all) != was && !_before.ContainsKey(user) && !_isTellingAll)
        {
            if (_before.Count < MostChanges)
                _before.Add(user, was);
            else
                _isTellingAll = true;
        }
    }

    private void Clear()
    {
        _before.Clear();
        _isTellingAll = false;
    }

    private string[] Some()
    {
        HashSet<string> users = new(StringComparer.Ordinal);
        foreach (var (_, user) in _here.Keys)
        {
            if (user is not null && users.Add(user) && users.Count == MostNamed)
                break;
        }

        return [.. users];
    }
}
