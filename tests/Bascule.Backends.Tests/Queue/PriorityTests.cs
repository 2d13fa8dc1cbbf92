using System.Globalization;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Who is served first, how many places one user may hold, and what can be seen of the queue.</summary>
public sealed class PriorityTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task The_higher_priority_is_served_first_and_equal_ones_in_turn()
    {
        using var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var waits = new[] { 0, 5, -1, 5, 0 }.Select(priority => pool.StartWaiting(Waiter(priority))).ToList();

        foreach (var next in (int[])[1, 3, 0, 4, 2])
        {
            slot.Dispose();
            slot = Assert.IsType<Slot>((await waits[next].Soon()).Slot);
        }
    }

    [Fact]
    public async Task Deadlines_go_by_the_time_of_coming_whatever_the_priority()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        var low = pool.StartWaiting(Waiter(0));
        _time.Advance(TimeSpan.FromSeconds(4));
        var high = pool.StartWaiting(Waiter(9));

        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((TimeSpan.FromSeconds(10), 1), ((await low.Soon()).Waited, pool.Waiting));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.NotNull((await high.Soon()).Ending);
    }

    [Fact]
    public async Task One_owner_holds_so_many_places_and_gets_them_back()
    {
        using var pool = new Pool("kb", Pools.Settings([1]) with { Queue = new QueueSettings { PerUser = 2 } }, _time);
        pool.TakeFree();
        using var cancellation = new CancellationTokenSource();
        var leaver = pool.StartWaiting(Waiter(0, "ann"), cancellation.Token);
        foreach (var owner in (string?[])["ann", "bob", null, null, null])
            _ = pool.StartWaiting(Waiter(0, owner));

        Assert.Equal(
            "queue_full: pool kb: this user or address has 2 of 2 places in the queue that it may have (queue.perUser)", pool.Refused(Waiter(9, "ann")).ToString());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Soon());
        _ = pool.StartWaiting(Waiter(0, "ann"));
    }

    [Fact]
    public void The_queue_can_be_seen_in_the_order_of_service()
    {
        using var pool = Pools.Make(_time, [1]);
        pool.TakeFree();
        _ = pool.StartWaiting(new SlotRequest(null, null, 0, "ann", "a"));
        _time.Advance(TimeSpan.FromSeconds(2));
        _ = pool.StartWaiting(new SlotRequest(null, null, 3, "bob", "b"));

        Assert.Equal(
            [new("b", 1, TimeSpan.Zero, "bob", 3, null), new QueuePlace("a", 2, TimeSpan.FromSeconds(2), "ann", 0, null)],
            pool.QueueView());
        Assert.Equal(pool.QueueView()[1], pool.FindWaiting("a"));
        Assert.Null(pool.FindWaiting("c"));
    }

    [Fact]
    public async Task The_estimate_goes_by_how_fast_slots_came_back_lately()
    {
        using var pool = Pools.Make(_time, [1], queueLength: 1000);
        pool.Update(pool.Settings with { Queue = pool.Settings.Queue with { Wait = TimeSpan.FromMinutes(5) } });
        _time.Advance(TimeSpan.FromDays(1));
        var slot = pool.TakeFree();
        var waits = Enumerable.Range(0, 200).Select(at => pool.StartWaiting(new SlotRequest(null, null, 0, null, at.ToString(CultureInfo.InvariantCulture)))).ToList();
        Assert.Null(pool.FindWaiting("5")?.Estimate);

        // One comes back every 2 s; later it is four each 2 s.
        for (var back = 0; back < 20; back++)
            await ReturnAsync(1);
        Assert.Equal(TimeSpan.FromSeconds(20), pool.FindWaiting("29")!.Estimate);
        for (var back = 0; back < 40; back++)
            await ReturnAsync(4);
        Assert.InRange(pool.FindWaiting("189")!.Estimate!.Value, TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(5));

        async Task ReturnAsync(int times)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            for (; times > 0; times--)
            {
                var next = pool.QueueView()[0];
                slot.Dispose();
                var served = waits[int.Parse(next.Id!, CultureInfo.InvariantCulture)];
                slot = (await served.Soon()).Slot!;
            }
        }
    }

    [Fact]
    public async Task Ten_thousand_waiters_come_ask_and_leave_in_any_order_with_exact_positions()
    {
        const int count = 10_000;
        using var pool = Pools.Make(_time, [1], queueLength: count);
        var slot = pool.TakeFree();
        var random = new Random(7);
        var standing = new List<(string Id, int Priority, CancellationTokenSource Stop, Task<SlotResult> Wait)>();
        for (var at = 0; at < count; at++)
        {
            var (id, priority, stop) = (at.ToString(CultureInfo.InvariantCulture), random.Next(3), new CancellationTokenSource());
            standing.Add((id, priority, stop, pool.StartWaiting(new SlotRequest(null, null, priority, null, id), stop.Token)));
            if (at % 3 == 0)
                await LeaveAsync(random.Next(standing.Count));
        }

        Check();
        while (standing.Count > 100)
            await LeaveAsync(random.Next(standing.Count));
        Check();
        slot.Dispose();
        Assert.NotNull((await standing.MaxBy(waiter => waiter.Priority).Wait.Soon()).Slot);

        async Task LeaveAsync(int at)
        {
            await standing[at].Stop.CancelAsync();
            standing.RemoveAt(at);
        }

        void Check()
        {
            var expected = standing.OrderByDescending(waiter => waiter.Priority).Select(waiter => waiter.Id).ToList();
            Assert.Equal(expected, pool.QueueView().Select(place => place.Id));
            for (var at = 0; at < expected.Count; at += 7)
                Assert.Equal(at + 1, pool.FindWaiting(expected[at])?.Position);
        }
    }

    private static SlotRequest Waiter(int priority, string? owner = null) => new(null, null, priority, owner);
}
