using Bascule.Cluster;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>What every store keeps to; each engine runs all of it. This part: opening, and an engine that goes away and comes back.</summary>
public abstract class StoreContract(StoreEngine engine) : NewsContract(engine)
{
    [Fact]
    public async Task Opening_may_happen_often_and_by_many_at_once()
    {
        IClusterStore[] stores = [Store, NewStore(), NewStore(), NewStore()];

        await Task.WhenAll(stores.Concat(stores).Select(store => store.OpenAsync(CancellationToken.None))).Soon();
        await Store.OpenAsync(CancellationToken.None).Soon();

        Assert.Equal(ClaimOutcome.Taken, (await (await Member.JoinAsync(stores[3])).ClaimAsync(Claim("user", 1))).Outcome);
    }

    [Fact]
    public async Task An_engine_that_is_away_is_named_with_what_was_seen_and_what_to_do()
    {
        await Engine.KillAsync();
        try
        {
            var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.OpenAsync(CancellationToken.None).Soon());

            Assert.StartsWith($"Opening {Store.Name}: ", failure.Message);
            Assert.EndsWith(".", failure.Message);
            Assert.NotEmpty(failure.Seen);
            Assert.DoesNotContain("secret", failure.Message);
            Assert.DoesNotContain("p@ss", failure.Message);
        }
        finally
        {
            await Engine.ReviveAsync();
            await Eventually.OpensAsync(Store);
        }
    }

    [Fact]
    public async Task Gateways_serve_on_while_the_engine_is_away_and_afterwards_limits_hold_again_and_nothing_is_lost()
    {
        await using var west = new TestGateway(new UnreliableStore(NewStore()), "west");
        await using var east = new TestGateway(new UnreliableStore(NewStore()), "east");
        TestGateway[] both = [west, east];
        await Eventually.IsTrueAsync(() => both.All(gateway => gateway.IsConnected));
        List<CountLease> leases = [.. await west.TakeAsync(2, Claim("user", 6)), .. await east.TakeAsync(2, Claim("user", 6))];
        Assert.Equal(4, leases.Count);

        // 1. Away: what is known here decides, at once.
        await Engine.KillAsync();
        try
        {
            leases.AddRange(await west.TakeAsync(3, Claim("user", 6)));
            await Eventually.IsTrueAsync(() => both.All(gateway => gateway.Counts.State.Mode == ClusterMode.Lost));
            leases[0].Dispose();
            leases[2].Dispose();
            leases.AddRange(await east.TakeAsync(1, Claim("user", 6)));
        }
        finally
        {
            await Engine.ReviveAsync();
        }

        // 2. Back: the sum is that of the gateways, and no more comes in than the limit allows.
        await Eventually.IsTrueAsync(() => both.All(gateway => gateway.IsConnected));
        var held = both.Sum(gateway => gateway.Counts.CountOf(Key("user")));
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(Store, Key("user")) == held);
        leases.AddRange(await west.TakeAsync(10, Claim("user", 6)));
        leases.AddRange(await east.TakeAsync(10, Claim("user", 6)));
        Assert.Equal(Math.Max(6, held), await Member.TotalAsync(Store, Key("user")));

        // 3. All of it comes back.
        leases.ForEach(lease => lease.Dispose());
        await Eventually.IsTrueAsync(async () => await Member.TotalAsync(Store, Key("user")) == 0);
        Assert.All(both, gateway => Assert.Equal(0, gateway.Counts.Leases));
    }
}

public sealed class RedisStoreTests(RedisEngine engine) : StoreContract(engine), IClassFixture<RedisEngine>;

public sealed class PostgresStoreTests(PostgresEngine engine) : StoreContract(engine), IClassFixture<PostgresEngine>;

public sealed class SqliteStoreTests(SqliteEngine engine) : StoreContract(engine), IClassFixture<SqliteEngine>;
