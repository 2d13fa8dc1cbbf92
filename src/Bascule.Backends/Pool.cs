using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Nodes that serve the same thing, their slots, and the queue of attempts that wait for one.</summary>
/// <remarks>
/// One lock guards counts, queue and turns. It keeps this true: <b>a node with a free slot is avoided by every waiter.</b> So an attempt that finds a free
/// slot overtakes nobody, and a slot that comes back goes straight to the first waiter that can use it, without being free in between.
/// </remarks>
public sealed class Pool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PoolSettings _settings;
    private readonly TimeProvider _time;
    private readonly IBalancer _balancer;
    private readonly WaitingQueue _queue;
    private readonly ITimer _deadline;
    private bool _deadlineIsArmed;
    private bool _disposed;
    private int _slotsInUse;
    private int _waiting;
    private uint _plainTurn;

    /// <exception cref="ArgumentException">There is no node, or two have the same host and port.</exception>
    public Pool(string name, PoolSettings settings, TimeProvider time)
    {
        Name = name;
        _settings = settings;
        _time = time;
        Nodes = [.. settings.Nodes.Select(node => new Node(node, settings.SlotsPerNode))];
        if (Nodes.Count == 0)
            throw new ArgumentException($"Pool `{name}` has no node; it needs at least one.", nameof(settings));
        if (Nodes.CountBy(node => node.Name).FirstOrDefault(pair => pair.Value > 1) is { Key: { } twice })
            throw new ArgumentException($"Pool `{name}` has the node {twice} more than once; name it once, with as many slots as it takes.", nameof(settings));
        SlotLimit = Nodes.Sum(node => node.SlotLimit);
        _balancer = IBalancer.For(settings.Balance, Nodes);
        _queue = new WaitingQueue(settings.Queue.Length);
        _deadline = time.CreateTimer(static pool => ((Pool)pool!).EndDueWaits(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name { get; }

    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The slots of all nodes together.</summary>
    public int SlotLimit { get; }

    public int SlotsInUse => Volatile.Read(ref _slotsInUse);

    /// <summary>Attempts in the queue.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Takes a slot, waiting in turn while none is free.</summary>
    /// <param name="request">What the attempt asks.</param>
    /// <param name="cancellation">Ends the wait. A slot that was handed over before is still the result, and the caller's to give back.</param>
    /// <exception cref="ArgumentException">The request avoids every node.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; no slot was taken.</exception>
    public ValueTask<SlotResult> TakeAsync(SlotRequest request, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<SlotResult>(cancellation);
        if (AvoidsAll(request))
            throw new ArgumentException($"All {Nodes.Count} nodes of pool `{Name}` are to be avoided, so that no slot could ever do.", nameof(request));

        // A key comes from the client and may be long: it is hashed before the lock.
        var keyHash = request.Key is null ? 0 : HashKey.Of(request.Key);
        Waiter? waiter = null;
        int seenInUse;
        lock (_gate)
        {
            if (_disposed)
                return new(new SlotResult(null, new Ending(EndReasons.GatewayStopping), TimeSpan.Zero, 0));
            if (_balancer.PickFree(request, keyHash) is { } node)
            {
                Count(node, 1);
                return new(new SlotResult(new Slot(this, node), null, TimeSpan.Zero, 0));
            }

            if (!_queue.IsFull)
                waiter = Join(request);
            seenInUse = _slotsInUse;
        }

        // The text of a refusal is made outside the lock: refusals come in crowds.
        return waiter is null
            ? new(new SlotResult(null, new Ending(EndReasons.QueueFull, FullDetail(request, seenInUse)), TimeSpan.Zero, 0))
            : WaitAsync(waiter, cancellation);
    }

    /// <summary>One node without a slot, for ordinary HTTP: the key's own node with consistentHash, else one after the other.</summary>
    /// <remarks>Not the least used node: these requests hold no slot, so all of them would go to one node until a slot changes that.</remarks>
    public Node Choose(string? key)
    {
        if (_settings.Balance == Balance.ConsistentHash && key is not null)
            return ConsistentHash.OwnNode(Nodes, HashKey.Of(key));

        // A turn of its own: shared with the slots, two kinds of traffic in step would each see only some of the nodes.
        return Nodes[(int)((Interlocked.Increment(ref _plainTurn) - 1) % (uint)Nodes.Count)];
    }

    /// <summary>Ends every wait, and every later try, with <see cref="EndReasons.GatewayStopping"/>. Slots that are out may still come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _deadline.Dispose();
        }

        while (TakeHead(onlyIfDue: false) is { } waiter)
            waiter.SetResult(Ended(waiter, new Ending(EndReasons.GatewayStopping)));
    }

    /// <summary>Takes a slot back, or hands it to the first waiter that can use it. Only <see cref="Slot"/> calls it, once.</summary>
    internal void GiveBack(Node node)
    {
        Waiter? next;
        lock (_gate)
        {
            next = _queue.TakeFirstFor(node);
            if (next is null)
                Count(node, -1);
            else
                Volatile.Write(ref _waiting, _queue.Count);
        }

        next?.SetResult(new SlotResult(new Slot(this, node), null, _time.GetElapsedTime(next.StartedAt), next.PositionAtStart));
    }

    private static async ValueTask<SlotResult> WaitAsync(Waiter waiter, CancellationToken cancellation)
    {
        // Registered and disposed outside the lock: disposing waits for a callback that is running, and the callback wants the lock.
        await using var registration = cancellation.UnsafeRegister(static (state, token) => Withdraw((Waiter)state!, token), waiter);
        return await waiter.Task;
    }

    private static void Withdraw(Waiter waiter, CancellationToken cancellation)
    {
        var pool = waiter.Pool;
        lock (pool._gate)
        {
            if (!pool._queue.TryRemove(waiter))
                return;
            Volatile.Write(ref pool._waiting, pool._queue.Count);
        }

        waiter.SetCanceled(cancellation);
    }

    private bool AvoidsAll(SlotRequest request) => request.Avoid is { Count: > 0 } && Nodes.All(request.Avoids);

    private Waiter Join(in SlotRequest request)
    {
        // The time is read inside the lock, so that the order of the queue is the order of the deadlines.
        var waiter = new Waiter(this, request, _time.GetTimestamp());
        _queue.Join(waiter);
        Volatile.Write(ref _waiting, _queue.Count);
        if (!_deadlineIsArmed)
            ArmDeadline(_settings.Queue.Wait);
        return waiter;
    }

    // One timer for the queue: all wait equally long, so the head is due first. When a head leaves early the timer stays as it is, fires, and is set anew.
    private void ArmDeadline(TimeSpan left)
    {
        // Whole milliseconds upward: timers cut the fraction off, and would fire again and again before the deadline.
        _deadline.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        _deadlineIsArmed = true;
    }

    private void EndDueWaits()
    {
        while (TakeHead(onlyIfDue: true) is { } waiter)
            waiter.SetResult(Ended(waiter, new Ending(EndReasons.QueueTimeout, TimeoutDetail(waiter))));
    }

    private Waiter? TakeHead(bool onlyIfDue)
    {
        lock (_gate)
        {
            var head = _queue.Head;
            if (head is null)
            {
                _deadlineIsArmed = false;
                return null;
            }

            var left = _settings.Queue.Wait - _time.GetElapsedTime(head.StartedAt);
            if (onlyIfDue && left > TimeSpan.Zero)
            {
                ArmDeadline(left);
                return null;
            }

            _queue.TryRemove(head);
            Volatile.Write(ref _waiting, _queue.Count);
            return head;
        }
    }

    private void Count(Node node, int change)
    {
        node.Count(change);
        Volatile.Write(ref _slotsInUse, _slotsInUse + change);
    }

    private SlotResult Ended(Waiter waiter, Ending ending) =>
        new(null, ending, _time.GetElapsedTime(waiter.StartedAt), waiter.PositionAtStart);

    private string FullDetail(in SlotRequest request, int inUse) =>
        $"pool {Name}: {inUse} of {SlotLimit} slots in use, "
        + (_queue.Length == 0 ? "and nobody may wait (queue.length 0)" : $"{_queue.Length} of {_queue.Length} places in the queue taken")
        + AvoidDetail(request);

    private string TimeoutDetail(Waiter waiter) =>
        $"waited {_time.GetElapsedTime(waiter.StartedAt).TotalSeconds:0.###} s from place {waiter.PositionAtStart} in the queue; pool {Name}: "
        + $"{SlotsInUse} of {SlotLimit} slots in use, {Waiting} of {_queue.Length} still waiting{AvoidDetail(waiter.Request)}";

    private static string AvoidDetail(in SlotRequest request) =>
        request.Avoid is { Count: > 0 } failed ? $"; not counting on {string.Join(", ", failed)}, which just failed this attempt" : "";
}
