using Bascule.Cluster;
using Bascule.Sessions;
using Bascule.Settings;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>The store on SQLite or PostgreSQL; also the audit log and the sessions there.</summary>
public sealed class SqlStore : IClusterStore, IAuditStore
{
    private readonly SqlEngine _engine;
    private readonly SqlCounts _counts;
    private readonly SqlLife _life;
    private readonly string _post;
    private readonly string _putTicket;
    private readonly string _takeTicket;

    private SqlStore(SqlDialect dialect)
    {
        _engine = new SqlEngine(dialect);
        _counts = new SqlCounts(_engine);
        _life = new SqlLife(_engine);
        Sessions = new SqlSessions(_engine);

        // The number is the time in microseconds, or one more than the last: it also grows when the table was emptied or restored.
        _post = $"""
            {dialect.LockText}
            INSERT INTO bascule_bulletins (number, kind, payload, ends)
            SELECT CASE WHEN b.last >= {dialect.Now} * 1000 THEN b.last + 1 ELSE {dialect.Now} * 1000 END, @kind, @payload, @ends
            FROM (SELECT coalesce(max(number), 0) AS last, count(*) AS n FROM bascule_bulletins) AS b WHERE b.n < {Bulletin.MostAlive}
            RETURNING number;
            """;
        _putTicket = $"""
            {dialect.LockText}
            INSERT INTO bascule_tickets (hash, payload, owner, ends) SELECT @hash, @payload, @owner, {dialect.Now} + @life
            WHERE (SELECT count(*) FROM bascule_tickets WHERE owner = @owner AND ends > {dialect.Now}) < @most
            ON CONFLICT (hash) DO NOTHING RETURNING hash;
            """;
        _takeTicket = $"DELETE FROM bascule_tickets WHERE hash = @hash RETURNING payload, CASE WHEN ends > {dialect.Now} THEN 1 ELSE 0 END";
    }

    public string Name => _engine.Dialect.Name;

    public bool IsShared => _engine.Dialect.IsShared;

    /// <summary>The sessions in this database.</summary>
    public ISessionStore Sessions { get; }

    /// <summary>The store at an address of SQLite or PostgreSQL; nothing is opened yet.</summary>
    /// <param name="address">Where.</param>
    /// <param name="folder">The data folder: a relative SQLite file is below it.</param>
    /// <param name="longestWait">PostgreSQL is given up after this, but not before some seconds.</param>
    /// <exception cref="ArgumentException">The address is of another kind.</exception>
    public static SqlStore Create(StorageAddress address, string folder, TimeSpan longestWait = default) => new(address.Kind switch
    {
        StorageKind.Sqlite => new SqliteDialect(Path.GetFullPath(address.File, Path.GetFullPath(folder))),
        StorageKind.Postgres => new PostgresDialect(address, longestWait),
        _ => throw new ArgumentException($"{address} is neither SQLite nor PostgreSQL.", nameof(address)),
    });

    public Task OpenAsync(CancellationToken cancellation) => _engine.OpenAsync(cancellation);

    public Task<ClaimAnswer> ClaimAsync(Epoch epoch, IReadOnlyList<CountClaim> claims, CancellationToken cancellation) => _counts.ClaimAsync(epoch, claims, cancellation);

    public Task<bool> ChangeCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> changes, CancellationToken cancellation) =>
        _counts.ChangeAsync(epoch, changes, cancellation);

    public Task<bool> SetCountsAsync(Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation) => _counts.SetAsync(epoch, counts, cancellation);

    public Task<bool> CountFromNowAsync(Epoch epoch, CancellationToken cancellation) => _counts.CountFromNowAsync(epoch, cancellation);

    public Task<PulseAnswer> PulseAsync(Pulse pulse, CancellationToken cancellation) => _life.PulseAsync(pulse, cancellation);

    public Task LeaveAsync(string process, CancellationToken cancellation) => _life.LeaveAsync(process, cancellation);

    public Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most, CancellationToken cancellation) => _life.FindAsync(filter, most, cancellation);

    public Task<IReadOnlyList<Instance>> InstancesAsync(CancellationToken cancellation) => _life.InstancesAsync(cancellation);

    public Task<bool> PostAsync(Bulletin bulletin, CancellationToken cancellation) =>
        InsertAsync(
            "Posting to",
            _post,
            new { @lock = "bascule bulletins", kind = bulletin.Kind, payload = bulletin.Payload, ends = bulletin.Until.ToUnixTimeMilliseconds() },
            cancellation);

    public Task<bool> PutTicketAsync(Ticket ticket, int mostOfOwner, CancellationToken cancellation) =>
        InsertAsync(
            "Keeping a ticket in",
            _putTicket,
            new { @lock = ticket.Owner, hash = ticket.Hash, payload = ticket.Payload, owner = ticket.Owner, life = (long)ticket.Life.TotalMilliseconds, most = mostOfOwner },
            cancellation);

    public Task<string?> TakeTicketAsync(string hash, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Taking a ticket from",
            async connection =>
            {
                var rows = await connection.QueryAsync<(string Payload, long IsAlive)>(new CommandDefinition(_takeTicket, new { hash }));
                return rows.Where(row => row.IsAlive == 1).Select(row => row.Payload).SingleOrDefault();
            },
            cancellation);

    public Task AppendAsync(IReadOnlyList<AuditRow> rows, CancellationToken cancellation) =>
        _engine.AskAsync("Writing the audit log to", connection => SqlAudit.AppendAsync(connection, _engine.Dialect, rows), cancellation);

    public Task<IReadOnlyList<AuditRow>> ReadAsync(AuditFilter filter, int most, CancellationToken cancellation) =>
        _engine.AskAsync("Reading the audit log from", connection => SqlAudit.ReadAsync(connection, filter, most), cancellation);

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private Task<bool> InsertAsync(string what, string text, object parameters, CancellationToken cancellation) =>
        _engine.AskAsync(
            what,
            async connection =>
            {
                await using var results = await connection.QueryMultipleAsync(new CommandDefinition(text, parameters));
                await results.ReadAsync();
                return (await results.ReadAsync()).Any();
            },
            cancellation);
}
