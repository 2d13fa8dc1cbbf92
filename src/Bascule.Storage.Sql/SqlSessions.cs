using System.Data.Common;
using Bascule.Cluster;
using Bascule.Sessions;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>Sessions as rows: the record as JSON, and beside it what is counted, sorted and compared.</summary>
internal sealed class SqlSessions : ISessionStore
{
    // Hosts that have been silent for so long are of no interest to anybody.
    private const long HostMemoryMilliseconds = 24 * 60 * 60 * 1000;

    private const string Fits = """
        (CAST(@owner AS text) IS NULL OR owner = @owner) AND (CAST(@tenant AS text) IS NULL OR tenant = @tenant) AND (CAST(@state AS integer) IS NULL OR state = @state)
        """;

    private const string Find = "SELECT record, version FROM bascule_sessions WHERE id = @id";

    private const string Update = """
        UPDATE bascule_sessions SET version = version + 1, state = @state, ended = @ended, record = @record WHERE id = @id AND version = @version RETURNING version
        """;

    private const string PutResult = """
        INSERT INTO bascule_session_results (id, output, errors, truncated)
        SELECT s.id, @output, @errors, @truncated FROM bascule_sessions AS s WHERE s.id = @id
        ON CONFLICT (id) DO UPDATE SET output = excluded.output, errors = excluded.errors, truncated = excluded.truncated
        """;

    private const string ReadResult = "SELECT output, errors, truncated FROM bascule_session_results WHERE id = @id";

    private readonly SqlEngine _engine;
    private readonly string _create;
    private readonly string _forget;
    private readonly string _beat;
    private readonly string _living;

    internal SqlSessions(SqlEngine engine)
    {
        _engine = engine;
        var dialect = engine.Dialect;
        const string live = "SELECT count(*) FROM bascule_sessions WHERE tenant = @tenant AND state < 2";

        // A user is one of his tenant, so one lock is enough: of the tenant, or of the user who has none.
        _create = $"""
            {dialect.LockText}
            INSERT INTO bascule_sessions (id, version, owner, tenant, state, created, ended, record)
            SELECT @id, @version, @owner, @tenant, @state, @created, @ended, @record
            WHERE ({live} AND owner = @owner) < @perUser AND (@tenant = '' OR ({live}) < @perTenant)
            ON CONFLICT (id) DO NOTHING;
            SELECT (SELECT count(*) FROM bascule_sessions WHERE id = @id), ({live} AND owner = @owner);
            """;

        // Results first, while their sessions are there; nobody else forgets meanwhile.
        const string old = "SELECT id FROM bascule_sessions WHERE state = 2 AND ended < @before ORDER BY ended, id LIMIT @most";
        _forget = $"""
            {dialect.LockText}
            DELETE FROM bascule_session_results WHERE id IN ({old});
            DELETE FROM bascule_session_hosts WHERE ends < {dialect.Now} - {HostMemoryMilliseconds};
            DELETE FROM bascule_sessions WHERE id IN ({old}) RETURNING id;
            """;
        _beat = $"""
            INSERT INTO bascule_session_hosts (host, ends) VALUES (@host, {dialect.Now} + @life) ON CONFLICT (host) DO UPDATE SET ends = excluded.ends
            """;
        _living = $"SELECT host FROM bascule_session_hosts WHERE ends > {dialect.Now}";
    }

    public Task<CreateVerdict> CreateAsync(SessionRecord record, SessionQuota quota, CancellationToken cancellation) =>
        AskAsync(
            "Writing a session to",
            async connection =>
            {
                var (owner, tenant) = (Column(record.Owner), Column(record.Tenant));
                var parameters = new
                {
                    @lock = tenant.Length > 0 ? $"sessions of tenant {tenant}" : $"sessions of user {owner}",
                    id = record.Id.ToString(),
                    version = record.Version,
                    owner,
                    tenant,
                    state = (int)record.State,
                    created = record.CreatedAt.ToUnixTimeMilliseconds(),
                    ended = record.End?.At.ToUnixTimeMilliseconds(),
                    record = SessionText.Write(record),
                    perUser = quota.PerUser,
                    perTenant = quota.PerTenant,
                };
                await using var results = await connection.QueryMultipleAsync(new CommandDefinition(_create, parameters));
                await results.ReadAsync();
                var (isThere, ofUser) = await results.ReadSingleAsync<(long, long)>();
                return isThere > 0 ? CreateVerdict.Created : ofUser >= quota.PerUser ? CreateVerdict.UserFull : CreateVerdict.TenantFull;
            },
            cancellation);

    public Task<SessionRecord?> FindAsync(SessionId id, CancellationToken cancellation) =>
        AskAsync(
            "Looking for a session in",
            async connection => (await connection.QueryAsync<(string Record, long Version)>(new CommandDefinition(Find, new { id = id.ToString() })))
                .Select(row => SessionText.Read(row.Record, row.Version)).SingleOrDefault(),
            cancellation);

    public Task<IReadOnlyList<SessionRecord>> ListAsync(SessionFilter filter, int most, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<SessionRecord>>(
            "Listing sessions of",
            async connection =>
            {
                var order = filter.OldestFirst ? "created, id" : "created DESC, id DESC";
                var parameters = new { owner = OrNull(filter.Owner), tenant = OrNull(filter.Tenant), state = (int?)filter.State, most };
                var rows = await connection.QueryAsync<(string Record, long Version)>(
                    new CommandDefinition($"SELECT record, version FROM bascule_sessions WHERE {Fits} ORDER BY {order} LIMIT @most", parameters));

                // Of names that are alike once they fit a column, the record knows which it is.
                return [.. rows.Select(row => SessionText.Read(row.Record, row.Version)).Where(filter.Fits)];
            },
            cancellation);

    public Task<SessionRecord?> UpdateAsync(SessionRecord record, CancellationToken cancellation) =>
        AskAsync(
            "Changing a session in",
            async connection =>
            {
                var parameters = new
                {
                    id = record.Id.ToString(),
                    version = record.Version,
                    state = (int)record.State,
                    ended = record.End?.At.ToUnixTimeMilliseconds(),
                    record = SessionText.Write(record),
                };
                var versions = (await connection.QueryAsync<long>(new CommandDefinition(Update, parameters))).ToList();
                return versions.Count == 0 ? null : record with { Version = versions[0] };
            },
            cancellation);

    public Task PutResultAsync(SessionId id, SessionResult result, CancellationToken cancellation) =>
        AskAsync(
            "Keeping the output of a session in",
            connection => connection.ExecuteAsync(new CommandDefinition(
                PutResult,
                new { id = id.ToString(), output = result.Output.ToArray(), errors = result.Errors.ToArray(), truncated = result.IsTruncated ? 1 : 0 })),
            cancellation);

    public Task<SessionResult?> ResultAsync(SessionId id, CancellationToken cancellation) =>
        AskAsync(
            "Reading the output of a session from",
            async connection => (await connection.QueryAsync<(byte[] Output, byte[] Errors, long Truncated)>(new CommandDefinition(ReadResult, new { id = id.ToString() })))
                .Select(row => new SessionResult(row.Output, row.Errors, row.Truncated == 1)).SingleOrDefault(),
            cancellation);

    public Task<int> ForgetEndedAsync(DateTimeOffset before, int most, CancellationToken cancellation) =>
        AskAsync(
            "Clearing up sessions of",
            async connection =>
            {
                var parameters = new { @lock = "sessions that are over", before = before.ToUnixTimeMilliseconds(), most };
                await using var results = await connection.QueryMultipleAsync(new CommandDefinition(_forget, parameters));
                await results.ReadAsync();
                return (await results.ReadAsync<string>()).Count();
            },
            cancellation);

    public Task BeatAsync(string host, TimeSpan life, CancellationToken cancellation) =>
        AskAsync(
            "Keeping a session host alive in",
            connection => connection.ExecuteAsync(new CommandDefinition(_beat, new { host, life = (long)life.TotalMilliseconds })),
            cancellation);

    public Task<IReadOnlySet<string>> LivingHostsAsync(CancellationToken cancellation) =>
        AskAsync<IReadOnlySet<string>>(
            "Looking for session hosts in",
            async connection => (await connection.QueryAsync<string>(new CommandDefinition(_living))).ToHashSet(StringComparer.Ordinal),
            cancellation);

    // A row has no null where it is compared; and no sign that PostgreSQL refuses.
    private static string Column(string? text) => DirectoryText.Of(text) ?? "";

    private static string? OrNull(string? text) => DirectoryText.Of(text);

    private async Task<T> AskAsync<T>(string what, Func<DbConnection, Task<T>> command, CancellationToken cancellation)
    {
        try
        {
            return await _engine.AskAsync(what, command, cancellation);
        }
        catch (StoreUnavailableException e)
        {
            throw new SessionStoreException(e.Message, e);
        }
    }
}
