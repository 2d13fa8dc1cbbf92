using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>What an attempt meets that finds no free slot.</summary>
public sealed class QueueTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Waiters_get_slots_in_the_order_in_which_they_came()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var waits = Enumerable.Range(0, 50).Select(_ => pool.StartWaiting()).ToList();

        for (var turn = 0; turn < waits.Count; turn++)
        {
            slot.Dispose();
            Assert.Equal(waits.Count - turn - 1, pool.Waiting);
            var result = await waits[turn].Soon();
            slot = Assert.IsType<Slot>(result.Slot);
            Assert.Equal((1, turn + 1), (pool.SlotsInUse, result.PositionAtStart));
        }

        slot.Dispose();
        Assert.Equal(0, pool.SlotsInUse);
    }

    [Fact]
    public async Task A_newcomer_does_not_take_the_slot_that_a_waiter_is_about_to_get()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var waiter = pool.StartWaiting();

        slot.Dispose();
        var newcomer = pool.StartWaiting();

        Assert.NotNull((await waiter.Soon()).Slot);
        Assert.Equal((1, 1), (pool.SlotsInUse, pool.Waiting));
        Assert.False(newcomer.IsCompleted);
    }

    [Fact]
    public async Task A_waiter_is_told_how_long_it_waited()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var waiter = pool.StartWaiting();

        _time.Advance(TimeSpan.FromSeconds(4));
        slot.Dispose();

        Assert.Equal(TimeSpan.FromSeconds(4), (await waiter.Soon()).Waited);
    }

    [Fact]
    public async Task A_wait_ends_at_its_deadline_and_says_what_it_saw()
    {
        using var pool = Pools.Make(_time, [1, 1], queueLength: 5);
        pool.TakeFree();
        pool.TakeFree();
        var first = pool.StartWaiting();
        _time.Advance(TimeSpan.FromSeconds(3));
        var second = pool.StartWaiting();

        _time.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, pool.Waiting);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, pool.Waiting);
        var result = await first.Soon();
        Assert.Equal((null, TimeSpan.FromSeconds(10), 1), (result.Slot, result.Waited, result.PositionAtStart));
        Assert.Equal("queue_timeout: waited 10 s from place 1 in the queue; pool kb: 2 of 2 slots in use, 1 of 5 still waiting", result.Ending.ToString());

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(EndReasons.QueueTimeout, (await second.Soon()).Ending?.Reason);
        Assert.Equal((2, 0), (pool.SlotsInUse, pool.Waiting));
    }

    [Fact]
    public async Task Those_behind_a_head_that_left_early_still_end_on_time()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        using var cancellation = new CancellationTokenSource();
        var head = pool.StartWaiting(cancellation.Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        var served = pool.StartWaiting();
        _time.Advance(TimeSpan.FromSeconds(1.0005));
        var last = pool.StartWaiting();

        await cancellation.CancelAsync();
        slot.Dispose();
        _time.Advance(TimeSpan.FromSeconds(9.9995));
        Assert.Equal(1, pool.Waiting);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head.Soon());
        Assert.NotNull((await served.Soon()).Slot);
        Assert.Equal(EndReasons.QueueTimeout, (await last.Soon()).Ending?.Reason);
    }

    [Fact]
    public async Task The_queue_keeps_one_timer_however_many_wait_and_none_when_nobody_does()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        Assert.Equal(0, _time.ArmedTimers);

        var waits = Enumerable.Range(0, 100).Select(_ => pool.StartWaiting()).ToList();
        Assert.Equal(1, _time.ArmedTimers);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((0, 0), (_time.ArmedTimers, pool.Waiting));
        Assert.All(await Task.WhenAll(waits).Soon(), result => Assert.Equal(EndReasons.QueueTimeout, result.Ending?.Reason));
        var later = pool.StartWaiting();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull((await later.Soon()).Ending);
    }

    [Fact]
    public void A_full_queue_refuses_at_once_and_says_so()
    {
        using var pool = Pools.Make(_time, [1, 2], queueLength: 1);
        for (var taken = 0; taken < 3; taken++)
            pool.TakeFree();
        _ = pool.StartWaiting();

        var result = Pools.Finished(pool.TakeAsync(Pools.Any, default));

        Assert.Equal((null, TimeSpan.Zero, 0), (result.Slot, result.Waited, result.PositionAtStart));
        Assert.Equal("queue_full: pool kb: 3 of 3 slots in use, 1 of 1 places in the queue taken", result.Ending.ToString());
        Assert.Equal((3, 1), (pool.SlotsInUse, pool.Waiting));
    }

    [Fact]
    public void With_a_queue_of_length_0_nobody_waits()
    {
        using var pool = Pools.Make(_time, [1], queueLength: 0);
        var slot = pool.TakeFree();

        var refused = Pools.Finished(pool.TakeAsync(Pools.Any, default));
        Assert.Equal("queue_full: pool kb: 1 of 1 slots in use, and nobody may wait (queue.length 0)", refused.Ending.ToString());

        slot.Dispose();
        pool.TakeFree();
        Assert.Equal(1, pool.SlotsInUse);
    }

    [Fact]
    public async Task A_cancelled_waiter_leaves_the_queue_and_its_turn_goes_to_the_next()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var first = pool.StartWaiting();
        using var cancellation = new CancellationTokenSource();
        var leaver = pool.StartWaiting(cancellation.Token);
        var last = pool.StartWaiting();

        await cancellation.CancelAsync();
        Assert.Equal(2, pool.Waiting);
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Soon());
        Assert.Equal(cancellation.Token, error.CancellationToken);

        slot.Dispose();
        (await first.Soon()).Slot!.Dispose();
        (await last.Soon()).Slot!.Dispose();
        Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
    }

    [Fact]
    public async Task A_slot_handed_over_before_the_cancellation_is_kept()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        using var cancellation = new CancellationTokenSource();
        var waiter = pool.StartWaiting(cancellation.Token);

        slot.Dispose();
        await cancellation.CancelAsync();

        (await waiter.Soon()).Slot!.Dispose();
        Assert.Equal(0, pool.SlotsInUse);
    }

    [Fact]
    public async Task An_attempt_that_is_cancelled_already_takes_nothing()
    {
        using var pool = Pools.Make(_time, [1]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.TakeAsync(Pools.Any, new CancellationToken(canceled: true)).AsTask());

        Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
    }
}
