namespace Bascule.Hub;

/// <summary>The subscriptions of a connection that have something to send, in the order in which they said so. Any thread puts in, the send loop takes out.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it. Never allocates.</remarks>
internal struct ReadyList
{
    private ClientSubscription? _arrived;
    private ClientSubscription? _first;

    internal readonly bool IsEmpty => _first is null && Volatile.Read(in _arrived) is null;

    /// <summary>Nothing happens when it is in the list already.</summary>
    internal void Put(ClientSubscription subscription)
    {
        if (Interlocked.Exchange(ref subscription.Queued, 1) == 1)
            return;
        ClientSubscription? head;
        do
        {
            head = Volatile.Read(ref _arrived);
            subscription.Next = head;
        }
        while (Interlocked.CompareExchange(ref _arrived, subscription, head) != head);
    }

    /// <summary>The first, which may be put in again from now on; null when there is none.</summary>
    internal ClientSubscription? Take()
    {
        if (_first is null)
            TakeArrived();
        if (_first is not { } first)
            return null;
        _first = first.Next;
        first.Next = null;
        Interlocked.Exchange(ref first.Queued, 0);
        return first;
    }

    /// <summary>What arrived lies newest first, and is turned round.</summary>
    private void TakeArrived()
    {
        var arrived = Interlocked.Exchange(ref _arrived, null);
        while (arrived is not null)
        {
            var next = arrived.Next;
            arrived.Next = _first;
            _first = arrived;
            arrived = next;
        }
    }
}
