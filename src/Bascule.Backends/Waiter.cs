namespace Bascule.Backends;

/// <summary>An attempt in the queue. Whoever takes it out of the queue, inside the pool's lock, is the one who completes it.</summary>
/// <remarks>Continuations run elsewhere: the code of an attempt must not run on the thread that gives a slot back.</remarks>
internal sealed class Waiter : TaskCompletionSource<SlotResult>
{
    internal Waiter(Pool pool, SlotRequest request, long startedAt)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Pool = pool;
        Request = request;
        StartedAt = startedAt;
        Place = new LinkedListNode<Waiter>(this);
    }

    internal Pool Pool { get; }

    internal SlotRequest Request { get; }

    /// <summary>A timestamp of the pool's clock.</summary>
    internal long StartedAt { get; }

    internal LinkedListNode<Waiter> Place { get; }

    internal int PositionAtStart { get; set; }
}
