using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>The queue of a pool with its clock: when waits are over, and how long they may last still. The pool's lock guards it, but for <see cref="Count"/>.</summary>
internal sealed class WaitingRoom(TimeProvider time, Action someWaitIsDue) : IDisposable
{
    private readonly WaitingQueue _queue = new();
    private readonly ReturnRate _returns = new(time);
    private readonly Alarm _deadline = new(time, someWaitIsDue);
    private TimeSpan _wait;
    private int _count;

    internal int Count => Volatile.Read(ref _count);

    internal int PlacesOf(string? owner) => _queue.PlacesOf(owner);

    internal void CountReturn() => _returns.Count();

    /// <summary>From now on waits are this long, also those that began before.</summary>
    internal void Follow(QueueSettings settings)
    {
        _wait = settings.Wait;
        SetDeadline();
    }

    internal void Join(Waiter waiter)
    {
        _returns.Look(waiter.StartedAt);
        _queue.Join(waiter);
        Counted();

        // One timer for the queue: all wait equally long, so the oldest is due first. When that one leaves early the timer stays as it is, and is set anew
        // when it rings.
        if (!_deadline.IsSet)
            SetDeadline();
    }

    /// <summary>Takes a waiter out. False when another already did; then that one completes it.</summary>
    internal bool TryRemove(Waiter waiter) => _queue.TryRemove(waiter) && Counted();

    /// <summary>Takes out the first waiter that fits.</summary>
    internal Waiter? TakeFirst<TState>(TState state, Func<Waiter, TState, bool> fits)
    {
        var waiter = _queue.TakeFirst(state, fits);
        Counted();
        return waiter;
    }

    internal Waiter? TakeOldest()
    {
        var oldest = _queue.Oldest;
        if (oldest is not null)
            TryRemove(oldest);
        return oldest;
    }

    /// <summary>Takes out one whose wait is over. When there is none, the timer is set for the next.</summary>
    internal Waiter? TakeDue()
    {
        if (_queue.Oldest is { } oldest && time.GetElapsedTime(oldest.StartedAt) >= _wait)
            return TakeOldest();
        _deadline.Rang();
        SetDeadline();
        return null;
    }

    internal IReadOnlyList<QueuePlace> View()
    {
        var now = time.GetTimestamp();
        _returns.Look(now);
        return [.. _queue.InOrder().Select((waiter, index) => Place(waiter, index + 1, now))];
    }

    internal QueuePlace? Find(string id)
    {
        var now = time.GetTimestamp();
        _returns.Look(now);
        return _queue.Find(id) is { } waiter ? Place(waiter, _queue.PositionOf(waiter), now) : null;
    }

    public void Dispose() => _deadline.Dispose();

    private QueuePlace Place(Waiter waiter, int position, long now) => new(
        waiter.Request.Id, position, time.GetElapsedTime(waiter.StartedAt, now), waiter.Request.Owner, waiter.Request.Priority, _returns.TimeFor(position, now));

    private void SetDeadline()
    {
        if (_queue.Oldest is { } oldest)
            _deadline.Set(time.Later(oldest.StartedAt, _wait));
    }

    private bool Counted()
    {
        Volatile.Write(ref _count, _queue.Count);
        return true;
    }
}
