using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>Slots are counted exactly and come back exactly once.</summary>
public sealed class SlotTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_taken_slot_is_counted_on_its_node_and_its_pool()
    {
        using var pool = Pools.Make(_time, [2, 2]);

        var result = Pools.Finished(pool.TakeAsync(Pools.Any, default));

        var slot = Assert.IsType<Slot>(result.Slot);
        Assert.Same(pool, slot.Pool);
        Assert.Equal((1, 1, 4, 0), (slot.Node.SlotsInUse, pool.SlotsInUse, pool.SlotLimit, pool.Waiting));
        Assert.Equal((null, TimeSpan.Zero, 0), (result.Ending, result.Waited, result.PositionAtStart));

        slot.Dispose();
        Assert.Equal((0, 0), (slot.Node.SlotsInUse, pool.SlotsInUse));
    }

    [Fact]
    public async Task A_slot_disposed_by_many_threads_at_once_comes_back_once()
    {
        const int count = 20_000; // Many, so that the threads catch up with each other and meet.
        using var pool = Pools.Make(_time, [count + 1]);
        pool.TakeFree();
        var slots = new Slot[count];

        await Race.RunAsync(10, TakeAll, OneIsLeft, DisposeAll, DisposeAll, DisposeAll);

        void TakeAll()
        {
            for (var at = 0; at < count; at++)
                slots[at] = pool.TakeFree();
        }

        void DisposeAll()
        {
            foreach (var slot in slots)
                slot.Dispose();
        }

        Task OneIsLeft()
        {
            Assert.Equal((1, 1), (pool.SlotsInUse, pool.Nodes[0].SlotsInUse));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void Taking_a_free_slot_and_giving_it_back_allocates_the_slot_and_nothing_else()
    {
        const int pairs = 10_000;
        const int bytesOfSlot = 48; // header and type 16, two references 16, a time 8, a flag 4, the stage 1, padding 3; on 64 bits.
        foreach (var balance in Enum.GetValues<Balance>())
        {
            using var pool = Pools.Make(_time, [10, 10, 10], balance: balance);
            var request = new SlotRequest("player-17", [pool.Nodes[0]]);
            TakeAndReturn(pool, request, pairs);

            var before = GC.GetAllocatedBytesForCurrentThread();
            TakeAndReturn(pool, Pools.Any, pairs);
            TakeAndReturn(pool, new SlotRequest("player-17", null), pairs);
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.InRange(bytes, 1, 2 * pairs * bytesOfSlot + 4096);
        }
    }

    [Fact]
    public void A_node_is_named_after_host_and_port_and_has_its_own_limit_or_the_pools()
    {
        var settings = new PoolSettings
        {
            SlotsPerNode = 7,
            Nodes = [new() { Url = "http://alpha" }, new() { Url = "https://beta", Slots = 3, InsecureTls = true }, new() { Url = "http://[::1]:9000" }],
        };
        using var pool = new Pool("kb", settings, _time);

        Assert.Equal(["alpha:80", "beta:443", "[::1]:9000"], pool.Nodes.Select(node => node.Name));
        Assert.Equal([7, 3, 7], pool.Nodes.Select(node => node.SlotLimit));
        Assert.Equal([false, true, false], pool.Nodes.Select(node => node.InsecureTls));
        Assert.Equal(17, pool.SlotLimit);
    }

    [Fact]
    public void A_pool_without_nodes_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new Pool("kb", new PoolSettings(), _time));
        Assert.Contains("`kb` has no node", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pool_that_names_a_node_twice_is_refused()
    {
        var settings = new PoolSettings { Nodes = [new() { Url = "http://alpha:80" }, new() { Url = "http://ALPHA" }] };
        var error = Assert.Throws<ArgumentException>(() => new Pool("kb", settings, _time));
        Assert.Contains("alpha:80 more than once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_balancing_rule_without_code_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Pools.Make(_time, [1], balance: (Balance)99));

    [Fact]
    public async Task A_disposed_pool_ends_every_wait_and_every_later_take_but_still_takes_slots_back()
    {
        var pool = Pools.Make(_time, [1]);
        var slot = pool.TakeFree();
        var waits = new[] { pool.StartWaiting(), pool.StartWaiting() };

        pool.Dispose();

        foreach (var wait in waits)
            Assert.Equal(EndReasons.GatewayStopping, (await wait.Soon()).Ending?.Reason);
        Assert.Equal(EndReasons.GatewayStopping, Pools.Finished(pool.TakeAsync(Pools.Any, default)).Ending?.Reason);
        slot.Dispose();
        Assert.Equal((0, 0, 0), (pool.SlotsInUse, pool.Waiting, _time.ArmedTimers));
    }

    private static void TakeAndReturn(Pool pool, SlotRequest request, int pairs)
    {
        for (var pair = 0; pair < pairs; pair++)
            Pools.Finished(pool.TakeAsync(request, default)).Slot!.Dispose();
    }
}
