using System.Data.Common;
using System.Net.Sockets;
using Bascule.Cluster;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>Runs commands on an engine whose tables are up to date, and says in words why one failed.</summary>
internal sealed class SqlEngine(SqlDialect dialect) : IAsyncDisposable
{
    private readonly SemaphoreSlim _migrating = new(1, 1);

    // False after every failure: the engine that comes back may be a new and empty one.
    private volatile bool _isUpToDate;

    internal SqlDialect Dialect => dialect;

    internal Task OpenAsync(CancellationToken cancellation)
    {
        _isUpToDate = false;
        return AskAsync("Opening", connection => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM bascule_migrations"), cancellation);
    }

    /// <param name="command">Must not be cancelled: it runs to its end, or to the time limit of the engine.</param>
    /// <param name="cancellation">Ends the wait for a connection, and nothing else. To cancel a command Npgsql holds a lock while it waits for a socket; where the
    /// threads of the sockets run what waits for them, as in the gateway, one of them then waits for that lock, and all connections of the gateway stand still.</param>
    internal async Task<T> AskAsync<T>(string what, Func<DbConnection, Task<T>> command, CancellationToken cancellation)
    {
        try
        {
            if (!_isUpToDate)
                await BringUpToDateAsync(cancellation);
            return await dialect.RunAsync(command, cancellation);
        }
        catch (Exception e) when (e is DbException or TimeoutException or IOException or SocketException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _isUpToDate = false;
            throw new StoreUnavailableException($"{what} {dialect.Name}", e.Message.TrimEnd('.') + ".", dialect.RemedyFor(e), e);
        }
    }

    public ValueTask DisposeAsync() => dialect.DisposeAsync();

    private async Task BringUpToDateAsync(CancellationToken cancellation)
    {
        await _migrating.WaitAsync(cancellation);
        try
        {
            if (_isUpToDate)
                return;
            await dialect.RunAloneAsync(connection => Migrations.RunAsync(connection, dialect), cancellation);
            _isUpToDate = true;
        }
        finally
        {
            _migrating.Release();
        }
    }
}
