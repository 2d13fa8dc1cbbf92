using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Bascule.Storage.Sql;

/// <summary>A SQLite file: one connection, one command at a time, each on a thread of the pool, because SQLite has no other way to wait.</summary>
internal sealed class SqliteDialect(string file) : SqlDialect
{
    // The longest wait for a lock that another program holds, in seconds. Nothing else here takes that long.
    private const int BusySeconds = 5;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private SqliteConnection? _connection;
    private bool _isDisposed;

    static SqliteDialect() => SQLitePCL.Batteries_V2.Init();

    internal override string Name => $"SQLite {file}";

    internal override bool IsShared => false;

    internal override string Now => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

    internal override string Unlogged => "";

    internal override string NumberedKey => "INTEGER PRIMARY KEY AUTOINCREMENT";

    // Transactions follow one another anyway.
    internal override string HousekeepingLock => "1 = 1";

    internal override string LockForClaim => "SELECT 1; SELECT 1;";

    internal override string LockForChange => "SELECT 1;";

    internal override string LockText => "SELECT 1;";

    internal override string Rows(string parameter, params (string Name, string Type)[] columns) =>
        $"(SELECT {string.Join(", ", columns.Select(column => $"json_extract(value, '$.{column.Name}') AS {column.Name}"))} FROM json_each(@{parameter})) AS w";

    internal override string IsAnyOf(string column, string query) => $"{column} IN ({query})";

    internal override async Task<T> RunAsync<T>(Func<DbConnection, Task<T>> command, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(() => TransactAsync(command), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    internal override Task RunAloneAsync(Func<DbConnection, Task> commands, CancellationToken cancellation) =>
        RunAsync(
            async connection =>
            {
                await commands(connection);
                return true;
            },
            cancellation);

    internal override string RemedyFor(Exception failure) => failure switch
    {
        // SQLITE_BUSY, SQLITE_LOCKED
        SqliteException { SqliteErrorCode: 5 or 6 } => "Another program has locked the file: end it, or give each gateway a file of its own.",
        // SQLITE_CORRUPT, SQLITE_NOTADB
        SqliteException { SqliteErrorCode: 11 or 26 } => "Move the file away; a new one is made.",
        // SQLITE_FULL
        SqliteException { SqliteErrorCode: 13 } => "Make room on the disk.",
        _ => "See that the folder exists and that this user may write there.",
    };

    public override async ValueTask DisposeAsync()
    {
        // The turn itself stays: whoever waits for it is told, instead of waiting for ever.
        await _turn.WaitAsync();
        _isDisposed = true;
        _connection?.Dispose();
        _turn.Release();
    }

    private async Task<T> TransactAsync<T>(Func<DbConnection, Task<T>> command)
    {
        _connection ??= await OpenAsync();
        try
        {
            // Takes the right to write at once: a transaction that only reads first could not get it later.
            await _connection.ExecuteAsync("BEGIN IMMEDIATE");
            var result = await command(_connection);
            await _connection.ExecuteAsync("COMMIT");
            return result;
        }
        catch
        {
            // Closing rolls back, whatever state it was in; and the next command sees the file that is there by then.
            _connection.Dispose();
            _connection = null;
            throw;
        }
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!OperatingSystem.IsWindows())
        {
            // Only its owner may read it: it holds audit entries and what tickets stand for.
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            await new FileStream(file, options).DisposeAsync();
        }

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = BusySeconds }.ToString());
        try
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("PRAGMA journal_mode = WAL");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
