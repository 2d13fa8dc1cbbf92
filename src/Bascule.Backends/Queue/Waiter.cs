namespace Bascule.Backends;

/// <summary>An attempt in the queue. Whoever takes it out of the queue, inside the pool's lock, is the one who completes it.</summary>
/// <remarks>Continuations run elsewhere: the code of an attempt must not run on the thread that gives a slot back.</remarks>
internal sealed class Waiter : TaskCompletionSource<SlotResult>
{
    internal Waiter(Pool pool, SlotRequest request, ulong keyHash, long startedAt)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Pool = pool;
        Request = request;
        KeyHash = keyHash;
        StartedAt = startedAt;
        Age = new LinkedListNode<Waiter>(this);
    }

    internal Pool Pool { get; }

    internal SlotRequest Request { get; }

    internal ulong KeyHash { get; }

    /// <summary>A timestamp of the pool's clock.</summary>
    internal long StartedAt { get; }

    internal int PositionAtStart { get; set; }

    /// <summary>Its place among all waiters by age.</summary>
    internal LinkedListNode<Waiter> Age { get; }

    /// <summary>The line of its priority, and its place in it. Only the line changes them.</summary>
    internal WaitingLine? Line { get; set; }

    internal int Place { get; set; }
}
