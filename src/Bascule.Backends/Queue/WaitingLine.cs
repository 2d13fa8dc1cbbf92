namespace Bascule.Backends;

/// <summary>The waiters of one priority, first come first. Anyone can leave, and ask for its position, in O(log n).</summary>
internal sealed class WaitingLine(int priority)
{
    private const int LeastPlaces = 16;

    // Places are given in order and not again; those of waiters that left stay empty until the line is tidied. The tree counts who stands (Fenwick, 1994).
    private Waiter?[] _places = new Waiter?[LeastPlaces];
    private int[] _tree = new int[LeastPlaces + 1];
    private int _head;
    private int _end;

    internal int Priority => priority;

    internal int Count { get; private set; }

    internal void Join(Waiter waiter)
    {
        if (_end == _places.Length)
            Tidy();
        waiter.Line = this;
        Put(waiter);
    }

    internal void Remove(Waiter waiter)
    {
        _places[waiter.Place] = null;
        Add(waiter.Place, -1);
        waiter.Line = null;
        Count--;
        while (_head < _end && _places[_head] is null)
            _head++;
    }

    /// <summary>1 for the head.</summary>
    internal int PositionOf(Waiter waiter)
    {
        var position = 0;
        for (var at = waiter.Place + 1; at > 0; at -= at & -at)
            position += _tree[at];
        return position;
    }

    /// <summary>The first that fits.</summary>
    internal Waiter? First<TState>(TState state, Func<Waiter, TState, bool> fits)
    {
        for (var place = _head; place < _end; place++)
        {
            if (_places[place] is { } waiter && fits(waiter, state))
                return waiter;
        }

        return null;
    }

    internal IEnumerable<Waiter> InOrder() => _places.Skip(_head).Take(_end - _head).OfType<Waiter>();

    private void Put(Waiter waiter)
    {
        _places[_end] = waiter;
        waiter.Place = _end;
        Add(_end, 1);
        _end++;
        Count++;
    }

    private void Add(int place, int change)
    {
        for (var at = place + 1; at < _tree.Length; at += at & -at)
            _tree[at] += change;
    }

    // Leaves as many free places as there are waiters, so that the work for each who joins stays the same.
    private void Tidy()
    {
        var standing = InOrder().ToList();
        _places = new Waiter?[Math.Max(LeastPlaces, standing.Count * 2)];
        _tree = new int[_places.Length + 1];
        _head = 0;
        _end = 0;
        Count = 0;
        foreach (var waiter in standing)
            Put(waiter);
    }
}
