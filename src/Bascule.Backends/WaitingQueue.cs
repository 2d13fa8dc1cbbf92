namespace Bascule.Backends;

/// <summary>The attempts that wait for a slot, first come first. Not safe for threads by itself: the pool's lock guards it.</summary>
internal sealed class WaitingQueue(int length)
{
    private readonly LinkedList<Waiter> _waiters = new();

    /// <summary>Attempts that may wait at once.</summary>
    internal int Length => length;

    internal int Count => _waiters.Count;

    internal Waiter? Head => _waiters.First?.Value;

    internal bool IsFull => _waiters.Count >= length;

    internal void Join(Waiter waiter)
    {
        _waiters.AddLast(waiter.Place);
        waiter.PositionAtStart = _waiters.Count;
    }

    /// <summary>Takes a waiter out, wherever it stands. False when another already did; then that one completes it.</summary>
    internal bool TryRemove(Waiter waiter)
    {
        if (waiter.Place.List is null)
            return false;
        _waiters.Remove(waiter.Place);
        return true;
    }

    /// <summary>Takes out the first waiter that can use a slot of <paramref name="node"/>.</summary>
    internal Waiter? TakeFirstFor(Node node)
    {
        for (var place = _waiters.First; place is not null; place = place.Next)
        {
            if (place.Value.Request.Avoids(node))
                continue;
            _waiters.Remove(place);
            return place.Value;
        }

        return null;
    }
}
