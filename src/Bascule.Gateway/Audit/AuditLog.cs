using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Keeps what happened to connections and what operators did, for those who ask later. The traffic never waits for it.</summary>
public sealed class AuditLog : IAsyncDisposable
{
    private readonly AuditOutlet? _file;
    private readonly AuditOutlet? _database;
    private readonly AuditFile? _opened;
    private int _disposed;

    /// <param name="dataFolder">Where a relative file stands.</param>
    /// <param name="database">Null when the settings ask for none.</param>
    public AuditLog(AuditSettings settings, string dataFolder, IAuditSink? database, GatewayMetrics metrics, ILogger<AuditLog> log, TimeProvider time)
    {
        if (settings.File != "off")
        {
            _opened = new AuditFile(Path.Combine(dataFolder, settings.File), settings.FileBytes, settings.OldFiles, log);
            _file = new AuditOutlet(_opened, "file", settings.Waiting, count => metrics.AuditDropped("file", count), log, time);
        }

        // Each has its queue: a database that hangs does not keep entries from the file.
        if (database is not null)
            _database = new AuditOutlet(database, "database", settings.Waiting, count => metrics.AuditDropped("database", count), log, time);
    }

    /// <summary>Why entries cannot be written now, for <c>/readyz</c>; null when all is well.</summary>
    public string? Fault => (_file?.Fault, _database?.Fault) switch
    {
        (null, null) => null,
        ({ } file, null) => $"audit file: {file}",
        (null, { } database) => $"audit database: {database}",
        var (file, database) => $"audit file: {file}; audit database: {database}",
    };

    /// <summary>Queues an entry and returns at once. When too many wait it is dropped, counted, and told by a later entry.</summary>
    public void Write(AuditEntry entry)
    {
        _file?.Offer(entry);
        _database?.Offer(entry);
    }

    /// <summary>The newest entries that fit: from the database, which several gateways may share, else from this gateway's files.</summary>
    public Task<AuditPage> ReadRecentAsync(AuditFilter filter, int max, CancellationToken cancellationToken) =>
        (_database ?? _file)?.ReadAsync(filter, max, cancellationToken) ?? Task.FromResult(new AuditPage([], Whole: true));

    /// <summary>Writes what waits, within a few seconds. Twice is once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        if (_file is not null)
            await _file.DisposeAsync();
        _opened?.Dispose();
        if (_database is not null)
            await _database.DisposeAsync();
    }
}
