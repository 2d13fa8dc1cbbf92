using Bascule.Cluster;
using Bascule.Sessions;
using Bascule.Storage.Redis;
using Bascule.Storage.Sql;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>The contract on a real engine, and what holds for engines alone.</summary>
public abstract class EngineSessionContract(StoreEngine engine) : SessionStoreContract, IAsyncLifetime
{
    private readonly IClusterStore _store = engine.NewStore();
    private readonly IClusterStore _other = engine.NewStore();

    protected StoreEngine Engine => engine;

    protected override ISessionStore Store => SessionsOf(_store);

    protected override ISessionStore Other => SessionsOf(_other);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _other.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_engine_that_is_away_is_named_and_found_again()
    {
        await Engine.KillAsync();
        try
        {
            var failure = await Assert.ThrowsAsync<SessionStoreException>(() => Store.FindAsync(SessionId.New(), CancellationToken.None).Soon());

            Assert.StartsWith($"Looking for a session in {_store.Name}: ", failure.Message);
            Assert.DoesNotContain("secret", failure.Message);
            Assert.DoesNotContain("p@ss", failure.Message);
        }
        finally
        {
            await Engine.ReviveAsync();
            await Eventually.OpensAsync(_store);
        }

        Assert.Null(await Store.FindAsync(SessionId.New(), CancellationToken.None).Soon());
    }

    protected async Task SurviveCrashAsync()
    {
        var record = new SessionRecord { Id = SessionId.New(), Version = 1, Profile = "shell", Command = ["bash"], CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.UnixEpoch };
        await Store.CreateAsync(record, new SessionQuota(1000, 1000), CancellationToken.None);
        await Store.PutResultAsync(record.Id, new SessionResult(new byte[] { 1 }, new byte[] { 2 }, false), CancellationToken.None);

        await Engine.KillAsync();
        await Engine.ReviveAsync();
        await Eventually.OpensAsync(_store);

        Assert.NotNull(await Store.FindAsync(record.Id, CancellationToken.None).Soon());
        Assert.NotNull(await Store.ResultAsync(record.Id, CancellationToken.None).Soon());
    }

    private static ISessionStore SessionsOf(IClusterStore store) => store is SqlStore sql ? sql.Sessions : ((RedisStore)store).Sessions;
}

public sealed class RedisSessionTests(RedisEngine engine) : EngineSessionContract(engine), IClassFixture<RedisEngine>;

public sealed class PostgresSessionTests(PostgresEngine engine) : EngineSessionContract(engine), IClassFixture<PostgresEngine>
{
    [Fact]
    public Task No_session_is_lost_with_a_server_that_crashes() => SurviveCrashAsync();
}

public sealed class SqliteSessionTests(SqliteEngine engine) : EngineSessionContract(engine), IClassFixture<SqliteEngine>;

public sealed class MemorySessionTests : SessionStoreContract
{
    protected override ISessionStore Store { get; } = new MemorySessionStore(TimeProvider.System);

    protected override ISessionStore Other => Store;
}
