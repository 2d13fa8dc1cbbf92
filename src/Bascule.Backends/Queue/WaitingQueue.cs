namespace Bascule.Backends;

/// <summary>The attempts that wait for a slot: the highest priority first, equal ones first come first. Not safe for threads by itself: the pool's lock guards it.</summary>
/// <remarks>All operations are O(log n) in the waiters, and linear in the priorities that stand in it at once: those of the settings, a handful.</remarks>
internal sealed class WaitingQueue
{
    private readonly LinkedList<Waiter> _byAge = new();
    private readonly List<WaitingLine> _lines = [];
    private readonly Dictionary<string, int> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Waiter> _ids = new(StringComparer.Ordinal);

    internal int Count => _byAge.Count;

    /// <summary>Who came first of all, and so is due first: all may wait equally long.</summary>
    internal Waiter? Oldest => _byAge.First?.Value;

    internal int PlacesOf(string? owner) => owner is null ? 0 : _owners.GetValueOrDefault(owner);

    internal void Join(Waiter waiter)
    {
        _byAge.AddLast(waiter.Age);
        LineOf(waiter.Request.Priority).Join(waiter);
        waiter.PositionAtStart = PositionOf(waiter);
        if (waiter.Request.Owner is { } owner)
            _owners[owner] = PlacesOf(owner) + 1;
        if (waiter.Request.Id is { } id)
            _ids[id] = waiter;
    }

    /// <summary>Takes a waiter out, wherever it stands. False when another already did; then that one completes it.</summary>
    internal bool TryRemove(Waiter waiter)
    {
        if (waiter.Line is not { } line)
            return false;
        line.Remove(waiter);
        if (line.Count == 0)
            _lines.Remove(line);
        _byAge.Remove(waiter.Age);
        if (waiter.Request.Owner is { } owner)
            Leave(owner);
        if (waiter.Request.Id is { } id && _ids.GetValueOrDefault(id) == waiter)
            _ids.Remove(id);
        return true;
    }

    /// <summary>Takes out the first waiter that fits.</summary>
    internal Waiter? TakeFirst<TState>(TState state, Func<Waiter, TState, bool> fits)
    {
        foreach (var line in _lines)
        {
            if (line.First(state, fits) is not { } waiter)
                continue;
            TryRemove(waiter);
            return waiter;
        }

        return null;
    }

    internal Waiter? Find(string id) => _ids.GetValueOrDefault(id);

    /// <summary>1 for the one who is served next.</summary>
    internal int PositionOf(Waiter waiter)
    {
        var position = 0;
        foreach (var line in _lines)
        {
            if (line == waiter.Line)
                return position + line.PositionOf(waiter);
            position += line.Count;
        }

        return 0;
    }

    internal IEnumerable<Waiter> InOrder() => _lines.SelectMany(line => line.InOrder());

    private void Leave(string owner)
    {
        var left = PlacesOf(owner) - 1;
        if (left == 0)
            _owners.Remove(owner);
        else
            _owners[owner] = left;
    }

    private WaitingLine LineOf(int priority)
    {
        var at = 0;
        while (at < _lines.Count && _lines[at].Priority > priority)
            at++;
        if (at == _lines.Count || _lines[at].Priority != priority)
            _lines.Insert(at, new WaitingLine(priority));
        return _lines[at];
    }
}
