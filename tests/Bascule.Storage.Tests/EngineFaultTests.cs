using Bascule.Cluster;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Storage.Sql;
using Bascule.Testing;

namespace Bascule.Storage.Tests;

/// <summary>What an operator reads when Redis is not as it should be, and what becomes of a Redis that hangs.</summary>
public sealed class RedisFaultTests(RedisEngine engine) : IClassFixture<RedisEngine>
{
    [Theory]
    [InlineData("redis://:wrong-secret@{0}")]
    [InlineData("redis://{0}")]
    public async Task A_password_that_is_refused_is_named_as_the_fault(string form)
    {
        await using var store = RedisStore.Create(StorageAddress.Parse(form.Replace("{0}", engine.Host, StringComparison.Ordinal), out _)!, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(CancellationToken.None).Soon());

        Assert.Equal($"Opening {store.Name}: it refuses the password. Correct the password in `storage`.", failure.Message);
    }

    [Fact]
    public async Task A_Redis_that_hangs_is_given_up_and_found_again()
    {
        var time = new ManualTime();
        await using var store = RedisStore.Create(StorageAddress.Parse(engine.Address, out _)!, time);
        var member = await Member.JoinAsync(store);
        await engine.FreezeAsync();
        try
        {
            var claiming = member.ClaimAsync(new CountClaim("user:ann", 1));
            await Eventually.IsTrueAsync(() => time.ArmedTimers > 0);
            time.Advance(TimeSpan.FromSeconds(5));

            var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => claiming.Soon());
            Assert.Equal($"Counting at {store.Name}: it did not answer in time. See whether it is overloaded or stopped.", failure.Message);
        }
        finally
        {
            await engine.ThawAsync();
        }

        await Eventually.OpensAsync(store);
        Assert.True((await member.PulseAsync()).WasAlive);
    }

    [Fact]
    public void An_address_of_another_kind_is_refused() =>
        Assert.Throws<ArgumentException>(() => RedisStore.Create(new StorageAddress(StorageKind.Memory), TimeProvider.System));
}

/// <summary>The same for databases.</summary>
public sealed class SqlFaultTests(PostgresEngine engine) : IClassFixture<PostgresEngine>
{
    [Fact]
    public async Task A_database_that_is_missing_is_named_as_the_fault()
    {
        await using var store = Open($"postgres://postgres:secret@{engine.Host}/nowhere");

        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(CancellationToken.None).Soon());

        Assert.Contains("\"nowhere\" does not exist", failure.Seen);
        Assert.EndsWith("Create the database, or correct its name in `storage`.", failure.Message);
        Assert.DoesNotContain("secret", failure.ToString());
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_as_the_fault()
    {
        await using var store = Open("postgres://postgres:secret@127.0.0.1:1/x");

        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(CancellationToken.None).Soon());

        Assert.EndsWith("Start the server, or correct host and port in `storage`.", failure.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named_as_the_fault()
    {
        var folder = Directory.CreateTempSubdirectory("bascule-storage-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "x.db"), new string('x', 5000));
            await using var store = SqlStore.Create(StorageAddress.Parse("sqlite:x.db", out _)!, folder.FullName);

            var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(CancellationToken.None).Soon());
            Assert.EndsWith("Move the file away; a new one is made.", failure.Message);

            File.Delete(Path.Combine(folder.FullName, "x.db"));
            await store.OpenAsync(CancellationToken.None).Soon();
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.FullName, "x.db")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_file_that_is_taken_away_is_made_anew_by_the_next_opening()
    {
        var folder = Directory.CreateTempSubdirectory("bascule-storage-");
        try
        {
            var address = StorageAddress.Parse("sqlite:x.db", out _)!;
            await using (var first = SqlStore.Create(address, folder.FullName))
                await first.OpenAsync(CancellationToken.None);
            File.Delete(Path.Combine(folder.FullName, "x.db"));

            await using var second = SqlStore.Create(address, folder.FullName);
            Assert.Equal(ClaimOutcome.Taken, (await (await Member.JoinAsync(second)).ClaimAsync(new CountClaim("user:ann", 1))).Outcome);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task After_its_end_a_store_says_so()
    {
        var store = SqlStore.Create(StorageAddress.Parse($"postgres://postgres@{engine.Host}/postgres", out _)!, ".");
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(CancellationToken.None).Soon());
    }

    [Fact]
    public void An_address_of_another_kind_is_refused() => Assert.Throws<ArgumentException>(() => Open("redis://127.0.0.1"));

    private static SqlStore Open(string address) => SqlStore.Create(StorageAddress.Parse(address, out _)!, ".");
}
