using Bascule.Settings;

namespace Bascule.Cluster.Tests;

/// <summary>The setting `storage`, read.</summary>
public sealed class StorageAddressTests
{
    [Theory]
    [InlineData("memory", StorageKind.Memory, false, "memory")]
    [InlineData("sqlite:data/bascule.db", StorageKind.Sqlite, false, "sqlite:data/bascule.db")]
    [InlineData("redis://127.0.0.1:6380", StorageKind.Redis, true, "redis://127.0.0.1:6380/0")]
    [InlineData("redis://cache", StorageKind.Redis, true, "redis://cache:6379/0")]
    [InlineData("redis://:secret@cache:6379/3", StorageKind.Redis, true, "redis://:***@cache:6379/3")]
    [InlineData("redis://[::1]:6379", StorageKind.Redis, true, "redis://[::1]:6379/0")]
    [InlineData("postgres://bascule:secret@db/gateways", StorageKind.Postgres, true, "postgres://bascule:***@db:5432/gateways")]
    [InlineData("postgresql://bascule@db:5433/gateways", StorageKind.Postgres, true, "postgres://bascule@db:5433/gateways")]
    public void A_good_text_is_read_and_shown_without_its_password(string text, StorageKind kind, bool isShared, string masked)
    {
        var address = StorageAddress.Parse(text, out var faults);

        Assert.Empty(faults);
        Assert.Equal((kind, isShared, masked, masked), (address!.Kind, address.IsShared, address.Masked, address.ToString()));
    }

    [Fact]
    public void Each_part_is_taken_apart_and_unescaped()
    {
        var redis = StorageAddress.Parse("redis://:p%40ss%2F%3A@cache:6380/7", out _)!;
        Assert.Equal(("cache", 6380, "p@ss/:", "7"), (redis.Host, redis.Port, redis.Password, redis.Database));

        var postgres = StorageAddress.Parse("postgres://us%3Aer:p%40ss@[::1]/my%20db", out _)!;
        Assert.Equal(("::1", 5432, "us:er", "p@ss", "my db"), (postgres.Host, postgres.Port, postgres.User, postgres.Password, postgres.Database));

        Assert.Equal("my files/x.db", StorageAddress.Parse("sqlite:my files/x.db", out _)!.File);
    }

    [Theory]
    [InlineData("", "names no storage that Bascule knows")]
    [InlineData("bascule.db", "names no storage that Bascule knows")]
    [InlineData("mysql://u:secret@h/d", "names no storage that Bascule knows")]
    [InlineData("rediss://:secret@h", "names no storage that Bascule knows")]
    [InlineData("Memory", "names no storage that Bascule knows")]
    [InlineData("sqlite:", "names no file")]
    [InlineData("sqlite: ", "names no file")]
    [InlineData("sqlite://data/x.db", "names no file")]
    [InlineData("redis:", "cannot be read as an address")]
    [InlineData("redis://:secret/x@h", "cannot be read as an address")]
    [InlineData("redis://h/x", "names a Redis database that is not a number")]
    [InlineData("redis://h/0?secret=1", "holds something after ? or #")]
    [InlineData("postgres://db/x", "names no user")]
    [InlineData("postgres://u:secret@db", "names no database")]
    [InlineData("postgres://u:secret@db/a/b", "names no database")]
    [InlineData("postgres://u:secret@db:port/a", "cannot be read as an address")]
    public void A_faulty_text_is_explained_without_showing_it(string text, string problem)
    {
        Assert.Null(StorageAddress.Parse(text, out var faults));

        Assert.Equal(problem, Assert.Single(faults).Problem);
        Assert.All(faults, fault => Assert.EndsWith(".", fault.Remedy));
        Assert.DoesNotContain(faults, fault => (fault.Problem + fault.Remedy).Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        Assert.Null(StorageAddress.Parse("redis://user@h/x?y#z", out var faults));

        Assert.Equal(2, faults.Count);
    }
}
