using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>Two gateways, a real store, and a line on which everything goes wrong: when it is good again, the sums must be right.</summary>
public sealed class LostAnswerTests(SqliteEngine engine) : IClassFixture<SqliteEngine>
{
    private const int UserLimit = 5;
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_a_bad_line_no_lease_has_leaked_and_none_was_lost(int seed)
    {
        await using var westStore = engine.NewStore();
        await using var eastStore = engine.NewStore();
        UnreliableStore[] lines = [new(westStore), new(eastStore)];
        await using var clock = new RunningClock(_time, lines);
        await using var west = new TestGateway(lines[0], "west", _time);
        await using var east = new TestGateway(lines[1], "east", _time);
        TestGateway[] both = [west, east];
        await Eventually.IsTrueAsync(() => both.All(gateway => gateway.IsConnected));

        for (var round = 0; round < 4; round++)
        {
            // 1. Everything goes wrong while attempts come and go; some of what they took they keep.
            foreach (var (line, i) in lines.Select((line, i) => (line, i)))
                line.Fate = FateOf(new Random((seed * 100) + (round * 10) + i));
            var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => ComeAndGoAsync(both[i % 2], new Random((seed * 1000) + (round * 10) + i), lines[i % 2])));
            CountLease[] leases = [.. kept.SelectMany(some => some)];

            // 2. The line is good again, and what stuck in it arrives at last.
            Array.ForEach(lines, line => line.Heal());
            await Eventually.IsTrueAsync(() => both.All(gateway => gateway.IsConnected));
            Assert.Equal(leases.Length, both.Sum(gateway => gateway.Counts.Leases));
            await SumsAreRightAsync(both, seed);

            // 3. Nothing is left when all is given back, from many threads and twice each; and the limit holds for new ones.
            Parallel.ForEach(leases.Concat(leases), lease => lease.Dispose());
            await Eventually.IsTrueAsync(async () => (await Member.TotalsAsync(westStore, Keys(seed))).Values.All(total => total == 0));
            Assert.All(both, gateway => Assert.Equal(0, gateway.Counts.Leases));
            clock.IsPaused = true;
            await LimitHoldsAsync(both, seed);
            clock.IsPaused = false;
        }

        async Task<List<CountLease>> ComeAndGoAsync(TestGateway gateway, Random random, UnreliableStore line)
        {
            List<CountLease> held = [];
            for (var step = 0; step < 60; step++)
            {
                if (random.Next(10) < 6 || held.Count == 0)
                    held.AddRange(await TakeOneAsync(gateway, random, seed));
                else
                    TakeOut(held, random).Dispose();
                if (random.Next(15) == 0)
                    line.ReleaseStuck();
                if (random.Next(5) == 0)
                    await Task.Yield();
            }

            return held;
        }
    }

    [Fact]
    public async Task A_claim_that_arrives_after_everything_was_mended_takes_nothing()
    {
        await using var store = engine.NewStore();
        var line = new UnreliableStore(store);
        await using var clock = new RunningClock(_time, line);
        await using var gateway = new TestGateway(line, "west", _time);
        await Eventually.IsTrueAsync(() => gateway.IsConnected);
        var key = $"late:{Guid.NewGuid():n}";

        line.Fate = method => method == nameof(IClusterStore.ClaimAsync) ? CallFate.Sticks : CallFate.Works;
        var lease = Assert.Single(await gateway.TakeAsync(1, new CountClaim(key, 3)));
        Assert.Equal(1, gateway.Counts.CountOf(key));
        await Eventually.IsTrueAsync(async () => gateway.IsConnected && await Member.TotalAsync(store, key) == 1);
        clock.IsPaused = true;
        line.Heal();
        Assert.Equal(2, (await gateway.TakeAsync(5, new CountClaim(key, 3))).Count);

        lease.Dispose();
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(store, key) == 2);
    }

    [Fact]
    public async Task A_client_that_leaves_while_the_store_is_asked_leaves_nothing_behind()
    {
        await using var store = engine.NewStore();
        var line = new UnreliableStore(store);
        await using var gateway = new TestGateway(line, "west", _time);
        await Eventually.IsTrueAsync(() => gateway.IsConnected);
        CountClaim[] claims = [new($"left:{Guid.NewGuid():n}", 3), new("here", 3, CountScope.Gateway)];
        using var leaving = new CancellationTokenSource();

        line.Fate = method => method == nameof(IClusterStore.ClaimAsync) ? CallFate.AnswersLate : CallFate.Works;
        var taking = gateway.Counts.TakeAsync(claims, leaving.Token).AsTask();
        Assert.Equal(1, gateway.Counts.CountOf("here", CountScope.Gateway));
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(store, claims[0].Key) == 1);
        await leaving.CancelAsync();
        line.Heal();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.Soon());
        Assert.Equal((0, 0), (gateway.Counts.Leases, gateway.Counts.CountOf("here", CountScope.Gateway)));
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(store, claims[0].Key) == 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gateway.Counts.TakeAsync(claims, leaving.Token).AsTask());
    }

    private static Func<string, CallFate> FateOf(Random random)
    {
        var gate = new Lock();
        return _ =>
        {
            lock (gate)
                return random.Next(12) < 8 ? CallFate.Works : (CallFate)random.Next(1, 6);
        };
    }

    private static string[] Keys(int seed) => [.. Enumerable.Range(0, 4).Select(user => $"user:{seed}-{user}"), $"all:{seed}"];

    private static async Task<List<CountLease>> TakeOneAsync(TestGateway gateway, Random random, int seed)
    {
        CountClaim[] claims = [new("here", 100, CountScope.Gateway), new(Keys(seed)[random.Next(4)], UserLimit), new($"all:{seed}", 18)];
        using var leaving = new CancellationTokenSource();
        if (random.Next(10) == 0)
            _ = Task.Run(leaving.Cancel);
        try
        {
            return (await gateway.Counts.TakeAsync(claims, leaving.Token)).Lease is { } lease ? [lease] : [];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private static CountLease TakeOut(List<CountLease> held, Random random)
    {
        var lease = held[random.Next(held.Count)];
        held.Remove(lease);
        return lease;
    }

    private async Task SumsAreRightAsync(TestGateway[] both, int seed)
    {
        await using var store = engine.NewStore();
        await Eventually.IsTrueAsync(async () =>
            (await Member.TotalsAsync(store, Keys(seed))).All(pair => pair.Value == both.Sum(gateway => gateway.Counts.CountOf(pair.Key))));
    }

    private static async Task LimitHoldsAsync(TestGateway[] both, int seed)
    {
        var leases = await Task.WhenAll(both.Select(gateway => gateway.TakeAsync(UserLimit + 2, new CountClaim(Keys(seed)[0], UserLimit))));
        Assert.Equal(UserLimit, leases.Sum(some => some.Count));
        foreach (var lease in leases.SelectMany(some => some))
            lease.Dispose();
    }
}
