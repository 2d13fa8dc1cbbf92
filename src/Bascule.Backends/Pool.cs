using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Backends;

/// <summary>Nodes that serve the same thing, their slots, and the queue of attempts that wait for one.</summary>
/// <remarks>
/// One lock guards counts, conditions, queue and turns. It keeps this true: <b>a node with a free slot is avoided by every waiter.</b> (A node that takes no
/// connections has no free slot.) So an attempt that finds a free slot overtakes nobody, and a slot that comes back goes straight to the first waiter that can
/// use it. What may free slots in another way goes through <see cref="Change"/>, which serves the waiters before it leaves the lock.
/// </remarks>
public sealed class Pool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly NodeJudge _judge;
    private readonly NodeRoster _roster;
    private readonly WaitingRoom _waiters;
    private readonly Alarm _nodesDue;
    private readonly NodeNews _news = new();
    private volatile PoolSettings _settings;
    private Ending? _closed;
    private int _slotsInUse;

    /// <exception cref="ArgumentException">There is no node, or two have the same host and port.</exception>
    public Pool(string name, PoolSettings settings, TimeProvider time)
    {
        Name = name;
        _settings = settings;
        _time = time;
        _waiters = new WaitingRoom(time, EndDueWaits);
        _nodesDue = new Alarm(time, PassTime);
        _judge = new NodeJudge(this, time, _news.Note);
        _roster = new NodeRoster(this, time, _judge, _news.Note);
        Update(settings);
    }

    /// <summary>Told after each change of a node, in order, outside the lock. It must not throw, and should be quick: an attempt may wait for it.</summary>
    public event Action<NodeChange>? NodeChanged;

    public string Name { get; }

    public PoolSettings Settings => _settings;

    /// <summary>All nodes; among them those that leave, while slots of theirs are in use. The list never changes: ask again for the next one.</summary>
    public IReadOnlyList<Node> Nodes => _roster.Nodes;

    /// <summary>The slots of all nodes together.</summary>
    public int SlotLimit => Nodes.Sum(node => node.SlotLimit);

    public int SlotsInUse => Volatile.Read(ref _slotsInUse);

    /// <summary>Attempts in the queue.</summary>
    public int Waiting => _waiters.Count;

    internal bool IsRemoved { get; private set; }

    /// <summary>Takes a slot, waiting in turn while none is free but some node is up or being tried.</summary>
    /// <remarks>Who waits already when the last such node is lost goes on waiting until the deadline: a node may come back.</remarks>
    /// <param name="request">What the attempt asks.</param>
    /// <param name="cancellation">Ends the wait. A slot that was handed over before is still the result, and the caller's to give back.</param>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; no slot was taken.</exception>
    public ValueTask<SlotResult> TakeAsync(SlotRequest request, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<SlotResult>(cancellation);

        // A key comes from the client and may be long: it is hashed before the lock.
        var keyHash = request.Key is null ? 0 : HashKey.Of(request.Key);
        Waiter? waiter = null;
        Refusal? refusal;
        int seenInUse;
        lock (_gate)
        {
            if (_closed is { } closed)
                return new(new SlotResult(null, closed, TimeSpan.Zero, 0));
            if (_roster.PickFree(request, keyHash) is { } node)
                return new(new SlotResult(Seat(node), null, TimeSpan.Zero, 0));
            refusal = RefusalOf(request);
            if (refusal is null)
            {
                // The time is read inside the lock, so that the order of the queue is the order of the deadlines.
                waiter = new Waiter(this, request, keyHash, _time.GetTimestamp());
                _waiters.Join(waiter);
            }

            seenInUse = _slotsInUse;
        }

        return waiter is null ? new(refusal!.Value.Result(this, request, seenInUse)) : WaitAsync(waiter, cancellation);
    }

    /// <summary>One node without a slot, for ordinary HTTP: the key's own node with consistentHash, else one after the other. Null: no node may be used.</summary>
    /// <remarks>Not the least used node: these requests hold no slot, so all of them would go to one node until a slot changes that. When no node is up, one that is
    /// ejected or being tried will do: the breaker judges by connections, and a request may fare better.</remarks>
    public Node? Choose(string? key)
    {
        lock (_gate)
        {
            return _closed is not null
                ? null
                : _roster.PickPlain(NodeCondition.Up, key) ?? _roster.PickPlain(NodeCondition.Trying, key) ?? _roster.PickPlain(NodeCondition.Ejected, key);
        }
    }

    /// <summary>The ending of a request for which there is no node, with the condition of each.</summary>
    public Ending NoUsableNode()
    {
        lock (_gate)
            return _closed ?? new Ending(EndReasons.NoUsableNode, PoolText.NoneUsable(this, default));
    }

    /// <summary>Takes over changed settings. Nodes are matched by name: who stays keeps counts and condition, who is new starts slowly, who is gone drains.</summary>
    /// <remarks>Weight or slots that an operator set stay until the settings of that node change. Waits that began before are as long as the new ones.</remarks>
    /// <exception cref="ArgumentException">There is no node, or two have the same host and port; nothing was changed.</exception>
    public void Update(PoolSettings settings) => Change(() =>
    {
        var plans = _roster.Plan(settings);
        _settings = settings;
        _judge.Follow(settings);
        _waiters.Follow(settings.Queue);
        if (IsRemoved)
        {
            IsRemoved = false;
            _closed = null;
        }

        if (settings.Health is null)
        {
            foreach (var node in Nodes)
                node.Checks.Clear();
        }

        _roster.Apply(plans, settings);
    });

    /// <summary>Sets the weight of a node, until the settings of that node change; 0 drains it.</summary>
    public void SetWeight(Node node, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        Change(() =>
        {
            node.Weight = weight;
            _judge.Judge(node);
        });
    }

    /// <summary>Sets the slots of a node, until the settings of that node change. Slots in use beyond the limit stay; they are just not given again.</summary>
    public void SetSlots(Node node, int slots)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        Change(() => node.SlotLimit = slots);
    }

    /// <summary>Lets a node run empty, or ends that. Moving the connections that it has is not the pool's affair.</summary>
    public void Drain(Node node, bool on) => Change(() =>
    {
        node.IsDrained = on;
        _judge.Judge(node);
    });

    /// <summary>Tells how many slots of a node other gateways hold, in a shared pool.</summary>
    public void SetUsedElsewhere(Node node, int slots)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slots);
        Change(() => node.UsedElsewhere = slots);
    }

    /// <summary>Tells that a node can be reached or not, by whoever keeps a line to it.</summary>
    /// <param name="why">What is wrong; null: it is there.</param>
    public void SetAway(Node node, string? why) => Change(() =>
    {
        node.Away = why;
        _judge.Judge(node);
    });

    /// <summary>Everybody in the queue, the next to be served first.</summary>
    public IReadOnlyList<QueuePlace> QueueView()
    {
        lock (_gate)
            return _waiters.View();
    }

    /// <summary>The place of the attempt with this <see cref="SlotRequest.Id"/>; null when it does not wait here.</summary>
    public QueuePlace? FindWaiting(string id)
    {
        lock (_gate)
            return _waiters.Find(id);
    }

    /// <summary>Ends every wait, and every later try, with <see cref="EndReasons.GatewayStopping"/>. Slots that are out may still come back.</summary>
    public void Dispose()
    {
        Close(new Ending(EndReasons.GatewayStopping), isRemoved: false);
        lock (_gate)
        {
            _waiters.Dispose();
            _nodesDue.Dispose();
        }
    }

    /// <summary>Ends every wait and every later try: the pool left the configuration. <see cref="Update"/> opens it again.</summary>
    internal void Remove() => Close(new Ending(EndReasons.NoUsableNode, $"pool {Name} is no longer in the configuration"), isRemoved: true);

    /// <summary>Takes a slot back, or hands it to the first waiter that can use it. Only <see cref="Slot"/> calls it, once.</summary>
    internal void GiveBack(Slot slot)
    {
        var node = slot.Node;
        Waiter? next = null;
        Slot? nextSlot = null;
        lock (_gate)
        {
            NodeJudge.Release(slot);
            Count(node, -1);
            if (node.HasFreeSlot)
            {
                _waiters.CountReturn();
                next = _waiters.TakeFirst(node, static (waiter, node) => !waiter.Request.Avoids(node));
                nextSlot = next is null ? null : Seat(node);
            }
            else if (node is { Leaving: not null, SlotsInUse: 0 })
            {
                _roster.Remove(node);
            }
        }

        next?.SetResult(Served(next, nextSlot!));
        _news.Tell(NodeChanged);
    }

    internal void Report(Slot slot, ConnectionVerdict verdict) => Change(() => _judge.Count(slot, verdict));

    /// <summary>Takes over the result of an active check; null: all was well.</summary>
    internal void ReportCheck(Node node, string? seen) => Change(() =>
    {
        if (_settings.Health is not { } health)
            return;
        node.Checks.Note(seen, health);
        _judge.Judge(node);
    });

    /// <summary>Takes over what discovery found for an entry of the settings.</summary>
    internal void Find(NodeSource source, IReadOnlyList<FoundNode> found) => Change(() =>
    {
        if (_roster.Find(source, found))
            _roster.Apply(_roster.Plan(_settings), _settings);
    });

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
            if (!pool._waiters.TryRemove(waiter))
                return;
        }

        waiter.SetCanceled(cancellation);
    }

    /// <summary>Does what may make slots free, and gives them to those who wait, before anyone else can see them.</summary>
    private void Change(Action change)
    {
        List<(Waiter Waiter, Slot Slot)> served = [];
        lock (_gate)
        {
            change();
            while (_waiters.Count > 0 && Nodes.Any(static node => node.HasFreeSlot) && ServeFirst() is { } next)
                served.Add(next);
            _nodesDue.Set(_judge.NextDue());
        }

        foreach (var (waiter, slot) in served)
            waiter.SetResult(Served(waiter, slot));
        _news.Tell(NodeChanged);
    }

    private (Waiter Waiter, Slot Slot)? ServeFirst()
    {
        Node? node = null;
        var waiter = _waiters.TakeFirst(this, (waiter, pool) => (node = pool._roster.PickFree(waiter.Request, waiter.KeyHash)) is not null);
        return waiter is null ? null : (waiter, Seat(node!));
    }

    private void PassTime() => Change(() =>
    {
        _nodesDue.Rang();
        _judge.PassTime();
    });

    private void EndDueWaits()
    {
        while (TakeDue() is { } waiter)
        {
            var waited = _time.GetElapsedTime(waiter.StartedAt);
            waiter.SetResult(Ended(waiter, new Ending(EndReasons.QueueTimeout, PoolText.Timeout(this, waiter, waited))));
        }
    }

    private Waiter? TakeDue()
    {
        lock (_gate)
            return _waiters.TakeDue();
    }

    private void Close(Ending ending, bool isRemoved)
    {
        List<Waiter> waiters = [];
        lock (_gate)
        {
            _closed = ending;
            IsRemoved = isRemoved;
            while (_waiters.TakeOldest() is { } waiter)
                waiters.Add(waiter);
        }

        foreach (var waiter in waiters)
            waiter.SetResult(Ended(waiter, ending));
    }

    private Refusal? RefusalOf(in SlotRequest request)
    {
        var queue = _settings.Queue;
        if (!NodeJudge.AnyMayServe(Nodes, request))
            return Refusal.NoUsableNode;
        if (_waiters.Count >= queue.Length)
            return Refusal.QueueFull;
        return queue.PerUser > 0 && _waiters.PlacesOf(request.Owner) >= queue.PerUser ? Refusal.ShareTaken : null;
    }

    private Slot Seat(Node node)
    {
        var slot = new Slot(this, node);
        node.Breaker.Seat(slot);
        Count(node, 1);
        return slot;
    }

    private void Count(Node node, int change)
    {
        node.Count(change);
        Volatile.Write(ref _slotsInUse, _slotsInUse + change);
    }

    private SlotResult Served(Waiter waiter, Slot slot) => new(slot, null, _time.GetElapsedTime(waiter.StartedAt), waiter.PositionAtStart);

    private SlotResult Ended(Waiter waiter, Ending ending) => new(null, ending, _time.GetElapsedTime(waiter.StartedAt), waiter.PositionAtStart);
}
