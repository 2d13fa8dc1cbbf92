using System.Data.Common;
using System.Net.Sockets;
using Bascule.Settings;
using Dapper;
using Npgsql;

namespace Bascule.Storage.Sql;

/// <summary>PostgreSQL 12 or newer.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    private readonly NpgsqlDataSource _source;

    internal PostgresDialect(StorageAddress address, TimeSpan longestWait)
    {
        var longestSeconds = (int)Math.Ceiling(longestWait.TotalSeconds);
        Name = $"PostgreSQL {address.Host}:{address.Port}/{address.Database}";
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Username = address.User,
            Password = address.Password,
            Database = address.Database,
            ApplicationName = "bascule",
            Enlist = false,

            // Nothing waits longer than twice this, so that nothing of a dead epoch is still under way when it is cleared up. In seconds.
            // Who waits for the storage longer than that must not lose it by these: the wait for one of the connections below counts, too.
            Timeout = Math.Max(3, longestSeconds),
            CommandTimeout = Math.Max(5, longestSeconds),
            CancellationTimeout = 1000,

            // A quarter of what a server takes in its default configuration; more would not make two cores faster.
            MaxPoolSize = 25,

            // All commands together have fewer statements. Unprepared, the server plans a claim for longer than it runs it.
            MaxAutoPrepare = 70,
            AutoPrepareMinUsages = 2,
        });
    }

    internal override string Name { get; }

    internal override bool IsShared => true;

    internal override string Now => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";

    internal override string Unlogged => "UNLOGGED";

    internal override string NumberedKey => "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY";

    internal override string HousekeepingLock => "(SELECT pg_try_advisory_xact_lock(hashtextextended('bascule housekeeping', 7)))";

    // Each statement of a command sees what was committed before the statement began: the locks stand first, so what is counted after them is up to date.
    // All lock the epoch before the keys, and keys in one order, so nobody waits in a circle.
    internal override string LockForClaim => $"""
        SELECT 1 FROM pg_advisory_xact_lock_shared(hashtextextended(@epoch, 7));
        SELECT 1 FROM (SELECT DISTINCT hashtextextended(w.k, 8) AS h FROM {Rows("rows", ("k", "text"))} ORDER BY h) AS s, LATERAL pg_advisory_xact_lock(s.h);
        """;

    internal override string LockForChange => "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(@epoch, 7));";

    internal override string LockText => "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(@lock, 9));";

    internal override string Rows(string parameter, params (string Name, string Type)[] columns) =>
        $"json_to_recordset(CAST(@{parameter} AS json)) AS w({string.Join(", ", columns.Select(column => $"{column.Name} {column.Type}"))})";

    internal override string IsAnyOf(string column, string query) => $"{column} = ANY(ARRAY({query}))";

    internal override async Task<T> RunAsync<T>(Func<DbConnection, Task<T>> command, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        return await command(connection);
    }

    internal override async Task RunAloneAsync(Func<DbConnection, Task> commands, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await connection.ExecuteAsync(LockText, new { @lock = "bascule migrations" });
        await commands(connection);
        await transaction.CommitAsync(CancellationToken.None);
    }

    internal override string RemedyFor(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "Correct user and password in `storage`.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "Create the database, or correct its name in `storage`.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "Give the user the right to create tables in the database.",
        NpgsqlException { InnerException: SocketException or TimeoutException } => "Start the server, or correct host and port in `storage`.",
        _ => "See the log of the server.",
    };

    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
