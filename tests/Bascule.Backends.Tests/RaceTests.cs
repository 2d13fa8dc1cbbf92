using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Backends.Tests;

/// <summary>However threads meet: no slot too many, none lost, none given twice.</summary>
public sealed class RaceTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Limits_hold_and_counts_are_exact_under_64_takers_and_200_000_takes()
    {
        const int takers = 64;
        const int takes = 200_000;
        using var pool = Pools.Make(_time, [5, 7, 3], queueLength: takers);
        var held = pool.Nodes.ToDictionary(node => node, _ => new Holders());

        await Task.WhenAll(Enumerable.Range(0, takers).Select(taker => Task.Run(() => TakeManyAsync(new Random(taker)))));

        Assert.Equal(takes, held.Values.Sum(holders => holders.Total));
        Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
        Assert.All(pool.Nodes, node => Assert.Equal(0, node.SlotsInUse));

        async Task TakeManyAsync(Random random)
        {
            for (var take = 0; take < takes / takers; take++)
            {
                using var slot = Assert.IsType<Slot>((await pool.TakeAsync(Pools.Any, default)).Slot);
                held[slot.Node].Enter(slot.Node.SlotLimit);
                if (random.Next(4) == 0)
                    await Task.Yield();
                held[slot.Node].Leave();
            }
        }
    }

    [Fact]
    public async Task A_wait_that_is_handed_a_slot_cancelled_and_timed_out_at_once_has_one_end()
    {
        using var pool = Pools.Make(_time, [1], queueLength: 2);
        Slot slot = null!;
        Task<SlotResult> wait = null!;
        CancellationTokenSource cancellation = null!;

        await Race.RunAsync(2000, Prepare, OneEndAsync, () => slot.Dispose(), () => cancellation.Cancel(), () => _time.Advance(TimeSpan.FromSeconds(10)));

        void Prepare()
        {
            slot = pool.TakeFree();
            cancellation = new CancellationTokenSource();
            wait = pool.StartWaiting(cancellation.Token);
        }

        async Task OneEndAsync()
        {
            await wait.Soon().ContinueWith(_ => { }, TaskScheduler.Default);
            Assert.Equal((wait.IsCompletedSuccessfully && wait.Result.Slot is not null ? 1 : 0, 0), (pool.SlotsInUse, pool.Waiting));
            if (wait.IsCompletedSuccessfully)
            {
                Assert.True(wait.Result.Slot is null != wait.Result.Ending is null);
                wait.Result.Slot?.Dispose();
            }
            else
            {
                Assert.True(wait.IsCanceled);
            }

            Assert.Equal(0, pool.SlotsInUse);
            cancellation.Dispose();
        }
    }

    [Fact]
    public async Task A_take_that_is_cancelled_while_it_begins_leaks_nothing()
    {
        using var pool = Pools.Make(_time, [1]);
        Slot slot = null!;
        CancellationTokenSource cancellation = null!;
        Task<SlotResult> take = null!;

        await Race.RunAsync(2000, Prepare, NothingLeftAsync, Take, () => cancellation.Cancel(), () => slot.Dispose());

        void Prepare()
        {
            slot = pool.TakeFree();
            cancellation = new CancellationTokenSource();
        }

        void Take() => take = pool.TakeAsync(Pools.Any, cancellation.Token).AsTask();

        async Task NothingLeftAsync()
        {
            await take.Soon().ContinueWith(_ => { }, TaskScheduler.Default);
            if (take.IsCompletedSuccessfully)
                take.Result.Slot!.Dispose();
            Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
            cancellation.Dispose();
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task A_storm_of_takes_cancels_and_timeouts_leaks_nothing(int seed)
    {
        const int takers = 32;
        const int takes = 2000;
        using var pool = Pools.Make(_time, [2, 1, 3], queueLength: 20);
        var held = pool.Nodes.ToDictionary(node => node, _ => new Holders());
        var ends = new int[4];
        var cancellations = new CancellationTokenSource?[takers];

        var storm = Task.WhenAll(Enumerable.Range(0, takers).Select(taker => Task.Run(() => TakeManyAsync(taker, new Random(seed * 1000 + taker)))));
        while (!storm.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await storm;
        Assert.Equal(takers * takes, ends.Sum());
        Assert.Equal(ends[0], held.Values.Sum(holders => holders.Total));
        Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
        Assert.All(pool.Nodes, node => Assert.Equal(0, node.SlotsInUse));

        async Task TakeManyAsync(int taker, Random random)
        {
            for (var take = 0; take < takes; take++)
            {
                var cancellation = new CancellationTokenSource();
                Volatile.Write(ref cancellations[taker], cancellation);
                Interlocked.Increment(ref ends[await TakeAsync(random, cancellation.Token)]);
                if (random.Next(3) == 0 && Volatile.Read(ref cancellations[random.Next(takers)]) is { } victim)
                    await victim.CancelAsync();
            }
        }

        async Task<int> TakeAsync(Random random, CancellationToken cancellation)
        {
            Node[] avoid = random.Next(3) == 0 ? [pool.Nodes[random.Next(3)]] : [];
            try
            {
                var result = await pool.TakeAsync(new SlotRequest(null, avoid), cancellation);
                if (result.Slot is not { } slot)
                    return result.Ending?.Reason == EndReasons.QueueFull ? 1 : 2;
                Assert.DoesNotContain(slot.Node, avoid);
                held[slot.Node].Enter(slot.Node.SlotLimit);
                for (var turns = random.Next(6); turns > 0; turns--)
                    await Task.Yield();
                held[slot.Node].Leave();
                slot.Dispose();
                return 0;
            }
            catch (OperationCanceledException)
            {
                return 3;
            }
        }
    }

    [Fact]
    public async Task Takes_verdicts_drains_updates_and_views_at_once_leak_nothing_and_forget_nobody()
    {
        const int takers = 16;
        const int takes = 3000;
        var (three, two) = (Pools.Settings([2, 3, 2], queueLength: takers), Pools.Settings([2, 3], queueLength: takers));
        using var pool = new Pool("kb", three, _time);
        var told = 0;
        pool.NodeChanged += _ => told++; // Told by one thread at a time.

        var storm = Task.WhenAll(Enumerable.Range(0, takers).Select(taker => Task.Run(() => TakeManyAsync(new Random(taker)))));
        var random = new Random(99);
        for (var change = 0; !storm.IsCompleted; change++)
        {
            pool.Drain(pool.Nodes[random.Next(pool.Nodes.Count)], change % 3 == 0);
            pool.SetWeight(pool.Nodes[0], random.Next(1, 3));
            pool.Update(change % 2 == 0 ? two : three);
            Assert.InRange(pool.QueueView().Count, 0, takers);
            _time.Advance(TimeSpan.FromSeconds(random.Next(3)));
            await Task.Yield();
        }

        await storm;
        Assert.Equal((0, 0), (pool.SlotsInUse, pool.Waiting));
        Assert.All(pool.Nodes, node => Assert.Equal(0, node.SlotsInUse));
        Assert.NotEqual(0, told);

        async Task TakeManyAsync(Random random)
        {
            for (var take = 0; take < takes; take++)
            {
                var result = await pool.TakeAsync(new SlotRequest(null, null, random.Next(3), $"{random.Next(4)}"), default);
                if (result.Slot is not { } slot)
                    continue;
                slot.Report(ConnectionVerdict.Opened);
                await Task.Yield();
                slot.Report(random.Next(5) == 0 ? ConnectionVerdict.EndedBadly("reset") : ConnectionVerdict.EndedWell);
                slot.Dispose();
            }
        }
    }

    /// <summary>Counts, apart from the pool, who is on a node.</summary>
    private sealed class Holders
    {
        private int _now;
        private int _total;

        internal int Total => _total;

        internal void Enter(int limit)
        {
            Interlocked.Increment(ref _total);
            Assert.InRange(Interlocked.Increment(ref _now), 1, limit);
        }

        internal void Leave() => Interlocked.Decrement(ref _now);
    }
}
