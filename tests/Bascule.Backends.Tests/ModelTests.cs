using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Random histories, step by step against a model that is too simple to be wrong: lists and a search from the front.</summary>
public sealed class ModelTests
{
    private const int QueueLength = 8;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private readonly ManualTime _time = new();
    private readonly List<Slot> _slots = [];
    private readonly List<Expected> _waiting = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_history_ends_as_first_come_first_served_demands(int seed)
    {
        var random = new Random(seed);
        using var pool = Pools.Make(_time, [2, 3, 1], QueueLength);

        for (var step = 0; step < 5000; step++)
        {
            await (random.Next(10) switch
            {
                < 5 => TakeAsync(pool, random),
                < 8 => GiveBackAsync(random),
                8 => CancelAsync(random),
                _ => AdvanceAsync(TimeSpan.FromMilliseconds(random.Next(4000))),
            });
            Assert.Equal((_slots.Count, _waiting.Count), (pool.SlotsInUse, pool.Waiting));
            Assert.All(pool.Nodes, node => Assert.Equal(_slots.Count(slot => slot.Node == node), node.SlotsInUse));
            Assert.All(pool.Nodes, node => Assert.InRange(node.SlotsInUse, 0, node.SlotLimit));
        }
    }

    private async Task TakeAsync(Pool pool, Random random)
    {
        Node[] avoid = random.Next(3) == 0 ? [pool.Nodes[random.Next(3)]] : [];
        var cancellation = new CancellationTokenSource();
        var task = pool.TakeAsync(new SlotRequest(null, avoid), cancellation.Token).AsTask();
        if (pool.Nodes.Any(node => !avoid.Contains(node) && _slots.Count(slot => slot.Node == node) < node.SlotLimit))
            _slots.Add(Assert.IsType<Slot>((await task.Soon()).Slot));
        else if (_waiting.Count == QueueLength)
            Assert.Equal(EndReasons.QueueFull, (await task.Soon()).Ending?.Reason);
        else
            _waiting.Add(new Expected(task, cancellation, avoid, _time.GetUtcNow() + Wait, _waiting.Count + 1));
    }

    private async Task GiveBackAsync(Random random)
    {
        if (_slots.Count == 0)
            return;
        var slot = _slots[random.Next(_slots.Count)];
        _slots.Remove(slot);
        slot.Dispose();
        if (_waiting.Find(waiter => !waiter.Avoid.Contains(slot.Node)) is not { } next)
            return;
        _waiting.Remove(next);
        var result = await next.Task.Soon();
        Assert.Same(slot.Node, result.Slot?.Node);
        Assert.Equal((next.Position, _time.GetUtcNow() - (next.Due - Wait)), (result.PositionAtStart, result.Waited));
        _slots.Add(result.Slot!);
    }

    private async Task CancelAsync(Random random)
    {
        if (_waiting.Count == 0)
            return;
        var leaver = _waiting[random.Next(_waiting.Count)];
        _waiting.Remove(leaver);
        await leaver.Cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Task.Soon());
    }

    private async Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        foreach (var late in _waiting.FindAll(waiter => waiter.Due <= _time.GetUtcNow()))
        {
            _waiting.Remove(late);
            var result = await late.Task.Soon();
            Assert.Equal((EndReasons.QueueTimeout, Wait), (result.Ending?.Reason, result.Waited));
        }
    }

    private sealed record Expected(Task<SlotResult> Task, CancellationTokenSource Cancellation, Node[] Avoid, DateTimeOffset Due, int Position);
}
