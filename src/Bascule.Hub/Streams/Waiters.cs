namespace Bascule.Hub;

/// <summary>Subscriptions that have nothing left to read: a stack that readers push themselves on and that whoever published takes as a whole. Nobody locks. So a message costs nothing
/// for those who are busy with the one before.</summary>
internal sealed class Waiters
{
    private Subscription? _top;

    internal void Push(Subscription subscription)
    {
        Subscription? top;
        do
        {
            top = Volatile.Read(ref _top);
            subscription.NextWaiter = top;
        }
        while (Interlocked.CompareExchange(ref _top, subscription, top) != top);
    }

    /// <summary>Tells everyone. The exchange comes after the publisher's writes, and a reader looks once more after its push: one of the two sees the other.</summary>
    internal void WakeAll()
    {
        var waiter = Interlocked.Exchange(ref _top, null);
        while (waiter is not null)
        {
            // Read first: once told, it may push itself again.
            var next = waiter.NextWaiter;
            waiter.NextWaiter = null;
            waiter.LeaveStackAndWake();
            waiter = next;
        }
    }
}
