using System.Globalization;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>A random history of a pool beside a model that is too simple to be wrong: a list of slots, a list of waiters, and what must hold between them.</summary>
internal sealed class PoolHistory : IDisposable
{
    private const int QueueLength = 8;
    private const int PerUser = 4;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private readonly ManualTime _time = new();
    private readonly List<Slot> _slots = [];
    private readonly List<Expected> _waiting = [];
    private readonly HashSet<Slot> _trials = [];
    private readonly Random _random;
    private readonly Pool _pool;
    private HashSet<string> _configured = [];
    private int _comers;

    internal PoolHistory(int seed)
    {
        _random = new Random(seed);
        _pool = new Pool("kb", RandomSettings(), _time);
    }

    /// <summary>Does something at random, and checks all that must hold.</summary>
    internal async Task StepAsync()
    {
        switch (_random.Next(20))
        {
            case < 7:
                await TakeAsync();
                break;
            case < 11:
                GiveBack();
                break;
            case 11:
                await CancelAsync();
                break;
            case 12:
                _pool.Drain(AnyNode(), _random.Next(3) == 0);
                break;
            case 13:
                _pool.SetWeight(AnyNode(), _random.Next(4));
                break;
            case 14:
                _pool.SetSlots(AnyNode(), _random.Next(1, 4));
                break;
            case 15:
                _pool.SetUsedElsewhere(AnyNode(), _random.Next(3));
                break;
            case < 18:
                Report();
                break;
            case 18 when _random.Next(4) == 0:
                _pool.Update(RandomSettings());
                break;
            default:
                _time.Advance(TimeSpan.FromMilliseconds(_random.Next(2500)));
                break;
        }

        await SettleAsync();
        Check();
    }

    private async Task TakeAsync()
    {
        Node[] avoid = _random.Next(3) == 0 ? [AnyNode()] : [];
        var request = new SlotRequest(
            $"key {_random.Next(50)}", avoid, _random.Next(3), _random.Next(3) == 0 ? null : $"user {_random.Next(3)}", (++_comers).ToString(CultureInfo.InvariantCulture));
        var cancellation = new CancellationTokenSource();
        var free = _pool.Nodes.Any(node => !avoid.Contains(node) && HasFreeSlot(node));
        var task = _pool.TakeAsync(request, cancellation.Token).AsTask();
        if (free)
            Receive(Assert.IsType<Slot>((await task.Soon()).Slot));
        else if (!_pool.Nodes.Any(node => !avoid.Contains(node) && node.State.Condition is NodeCondition.Up or NodeCondition.Trying))
            Assert.Equal(EndReasons.NoUsableNode, (await task.Soon()).Ending?.Reason);
        else if (_waiting.Count == QueueLength || (request.Owner is not null && _waiting.Count(waiter => waiter.Request.Owner == request.Owner) == PerUser))
            Assert.Equal(EndReasons.QueueFull, (await task.Soon()).Ending?.Reason);
        else
            _waiting.Add(new Expected(task, cancellation, request, _time.GetUtcNow() + Wait));
    }

    private void GiveBack()
    {
        if (_slots.Count == 0)
            return;
        var slot = _slots[_random.Next(_slots.Count)];
        _slots.Remove(slot);
        _trials.Remove(slot);
        slot.Dispose();
    }

    private async Task CancelAsync()
    {
        if (_waiting.Count == 0)
            return;
        var leaver = _waiting[_random.Next(_waiting.Count)];
        _waiting.Remove(leaver);
        await leaver.Cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Task.Soon());
    }

    // Half of the endings are bad, so that breakers open and close all the time.
    private void Report()
    {
        if (_slots.Count == 0)
            return;
        var slot = _slots[_random.Next(_slots.Count)];
        var verdict = _random.Next(4) switch
        {
            0 => ConnectionVerdict.Opened,
            1 => ConnectionVerdict.EndedWell,
            2 => ConnectionVerdict.EndedBadly("reset"),
            _ => ConnectionVerdict.ConnectFailed("refused"),
        };
        if (verdict != ConnectionVerdict.Opened)
            _trials.Remove(slot);
        slot.Report(verdict);
    }

    /// <summary>Takes in what the step ended, and sees that nobody was overtaken who could have used the slot.</summary>
    private async Task SettleAsync()
    {
        var ended = _waiting.Count - _pool.Waiting;
        await Patience.UntilAsync(() => _waiting.Count(waiter => waiter.Task.IsCompleted) == ended);
        foreach (var done in _waiting.FindAll(waiter => waiter.Task.IsCompleted))
        {
            _waiting.Remove(done);
            var result = await done.Task;
            if (result.Slot is null)
            {
                Assert.Equal((EndReasons.QueueTimeout, Wait), (result.Ending?.Reason, result.Waited));
                continue;
            }

            Receive(result.Slot);
            Assert.DoesNotContain(result.Slot.Node, done.Request.Avoid!);
            Assert.All(
                _waiting.Where(waiter => !waiter.Task.IsCompleted && IsBefore(waiter, done)),
                waiter => Assert.Contains(result.Slot.Node, waiter.Request.Avoid!));
        }
    }

    private void Check()
    {
        // Counts are exact, and no node is kept or lost against the settings.
        Assert.Equal((_slots.Count, _waiting.Count), (_pool.SlotsInUse, _pool.Waiting));
        Assert.All(_pool.Nodes, node => Assert.Equal(_slots.Count(slot => slot.Node == node), node.SlotsInUse));
        Assert.All(_slots, slot => Assert.Contains(slot.Node, _pool.Nodes));
        Assert.Equal(_configured.Order(), _pool.Nodes.Where(node => node.SlotsInUse == 0 || _configured.Contains(node.Name)).Select(node => node.Name).Order());

        // The invariant of the pool.
        Assert.All(_pool.Nodes.Where(HasFreeSlot), node => Assert.All(_waiting, waiter => Assert.Contains(node, waiter.Request.Avoid!)));

        // One trial at a time, the order of the queue, and the deadlines.
        Assert.All(_pool.Nodes, node => Assert.InRange(_trials.Count(trial => trial.Node == node), 0, 1));
        var order = _waiting.OrderByDescending(waiter => waiter.Request.Priority).Select(waiter => waiter.Request.Id).ToList();
        Assert.Equal(order, _pool.QueueView().Select(place => place.Id));
        Assert.All(_waiting, waiter => Assert.Equal(order.IndexOf(waiter.Request.Id) + 1, _pool.FindWaiting(waiter.Request.Id!)?.Position));
        Assert.All(_waiting, waiter => Assert.True(waiter.Due > _time.GetUtcNow()));
    }

    /// <summary>Gives everything back: nobody may be left.</summary>
    internal async Task EndAsync()
    {
        while (_slots.Count > 0)
        {
            GiveBack();
            await SettleAsync();
        }

        _time.Advance(Wait);
        await SettleAsync();
        while (_slots.Count > 0)
            GiveBack();
        Assert.Equal((0, 0, 0), (_waiting.Count, _pool.Waiting, _pool.SlotsInUse));
        Assert.Equal(_configured.Order(), _pool.Nodes.Select(node => node.Name).Order());
        Dispose();
        Assert.Equal(0, _time.ArmedTimers);
    }

    public void Dispose() => _pool.Dispose();

    private void Receive(Slot slot)
    {
        _slots.Add(slot);
        if (slot.Node.State.Condition == NodeCondition.Trying)
            _trials.Add(slot);
    }

    private bool HasFreeSlot(Node node)
    {
        // A trial is over when its node is in any other condition; a drained node hides it, and may still be tried when it is back.
        _trials.RemoveWhere(trial => trial.Node.State.Condition is NodeCondition.Up or NodeCondition.Ejected);
        return node.SlotsInUse + node.UsedElsewhere < node.SlotLimit
            && (node.State.Condition == NodeCondition.Up || (node.State.Condition == NodeCondition.Trying && !_trials.Any(trial => trial.Node == node)));
    }

    private static bool IsBefore(Expected one, Expected other) =>
        one.Request.Priority > other.Request.Priority
        || (one.Request.Priority == other.Request.Priority
            && int.Parse(one.Request.Id!, CultureInfo.InvariantCulture) < int.Parse(other.Request.Id!, CultureInfo.InvariantCulture));

    private Node AnyNode() => _pool.Nodes[_random.Next(_pool.Nodes.Count)];

    private PoolSettings RandomSettings()
    {
        var ports = Enumerable.Range(8001, 5).OrderBy(_ => _random.Next()).Take(_random.Next(1, 6)).ToList();
        _configured = [.. ports.Select(port => $"10.0.0.1:{port}")];
        return new PoolSettings
        {
            Nodes = [.. ports.Select(port => new NodeSettings { Url = $"http://10.0.0.1:{port}", Slots = _random.Next(1, 4), Weight = _random.Next(1, 3) })],
            Balance = (Balance)_random.Next(3),
            Queue = new QueueSettings { Length = QueueLength, Wait = Wait, PerUser = PerUser },
            SlowStart = TimeSpan.FromSeconds(_random.Next(2) * 3),
            Breaker = new BreakerSettings { Failures = 3, Sample = 6, EarlyDeath = TimeSpan.FromSeconds(1), Ejection = TimeSpan.FromSeconds(2), LongestEjection = TimeSpan.FromSeconds(5) },
        };
    }

    private sealed record Expected(Task<SlotResult> Task, CancellationTokenSource Cancellation, SlotRequest Request, DateTimeOffset Due);
}
