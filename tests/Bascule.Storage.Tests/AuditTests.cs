using Bascule.Cluster;

namespace Bascule.Storage.Tests;

/// <summary>The audit log in a database.</summary>
public abstract class AuditContract(StoreEngine engine)
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Entries_are_kept_as_they_are_and_read_the_youngest_first()
    {
        await using var store = engine.NewStore();
        var audit = Assert.IsType<IAuditStore>(store, exactMatch: false);
        var kind = $"close-{Guid.NewGuid():n}";
        AuditRow[] rows = [.. Enumerable.Range(0, 50).Select(i => new AuditRow(Start.AddSeconds(i), kind, $$"""{"n":{{i}},"by":"O'Hara \u0000 \"x\""}"""))];

        await audit.AppendAsync(rows[..30], CancellationToken.None);
        await audit.AppendAsync(rows[30..], CancellationToken.None);
        await audit.AppendAsync([rows[0] with { Kind = $"{kind}-other" }], CancellationToken.None);
        await audit.AppendAsync([], CancellationToken.None);

        Assert.Equal(rows.Reverse(), await audit.ReadAsync(new AuditFilter(kind), 100, CancellationToken.None));
        Assert.Equal(rows.Reverse().Take(3), await audit.ReadAsync(new AuditFilter(kind), 3, CancellationToken.None));
        Assert.Equal(rows[10..20].Reverse(), await audit.ReadAsync(new AuditFilter(kind, Start.AddSeconds(10), Start.AddSeconds(20)), 100, CancellationToken.None));
        Assert.Contains(await audit.ReadAsync(new AuditFilter(From: Start, Before: Start.AddSeconds(1)), 100, CancellationToken.None), row => row.Kind == $"{kind}-other");
    }
}

public sealed class PostgresAuditTests(PostgresEngine engine) : AuditContract(engine), IClassFixture<PostgresEngine>;

public sealed class SqliteAuditTests(SqliteEngine engine) : AuditContract(engine), IClassFixture<SqliteEngine>;
