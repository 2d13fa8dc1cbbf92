using System.Text.Json;
using Bascule.Cluster;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>Counts: one row for each key and epoch.</summary>
internal sealed class SqlCounts
{
    private readonly SqlEngine _engine;
    private readonly string _claim;
    private readonly string _change;
    private readonly string _set;
    private readonly string _countFromNow;

    internal SqlCounts(SqlEngine engine)
    {
        _engine = engine;
        var dialect = engine.Dialect;
        var now = dialect.Now;
        var rows = dialect.Rows("rows", ("k", "text"), ("n", "integer"));
        var counting = $"SELECT count(*) FROM bascule_epochs WHERE epoch = @epoch AND whole = 1 AND ends > {now}";
        var preparing = $"SELECT count(*) FROM bascule_epochs WHERE epoch = @epoch AND whole = 0 AND ends > {now}";

        // The insert decides: it gives back rows when, and only when, all were taken.
        _claim = $"""
            {dialect.LockForClaim}
            WITH wanted AS (SELECT w.k, w.n FROM {rows})
            INSERT INTO bascule_counts (key, epoch, n)
            SELECT k, @epoch, 1 FROM wanted
            WHERE ({counting}) > 0 AND NOT EXISTS (
                SELECT 1 FROM wanted AS f WHERE f.n <= (
                    SELECT coalesce(sum(c.n), 0) FROM bascule_counts AS c JOIN bascule_epochs AS e ON e.epoch = c.epoch
                    WHERE c.key = f.k AND e.whole = 1 AND e.ends > {now}))
            ON CONFLICT (key, epoch) DO UPDATE SET n = bascule_counts.n + 1
            RETURNING key;
            SELECT w.k, {Sum(now, "= @process")}, {Sum(now, "<> @process")} FROM {rows};
            {counting};
            """;
        _change = Write(dialect, rows, counting, "bascule_counts.n + excluded.n");
        _set = Write(dialect, rows, preparing, "excluded.n");
        _countFromNow = $"""
            UPDATE bascule_epochs SET ends = {now}
            WHERE process = @process AND epoch <> @epoch AND ends > {now} AND EXISTS (SELECT 1 FROM bascule_epochs AS b WHERE b.epoch = @epoch AND b.ends > {now});
            UPDATE bascule_epochs SET whole = 1 WHERE epoch = @epoch AND ends > {now} RETURNING 1;
            """;
    }

    /// <summary>How often the processes that fit have taken the key <c>w.k</c>. A query for each key: joined, an engine without fresh statistics reads the whole table.</summary>
    internal static string Sum(string now, string process) => $"""
        (SELECT coalesce(sum(c.n), 0) FROM bascule_counts AS c JOIN bascule_epochs AS e ON e.epoch = c.epoch
        WHERE c.key = w.k AND e.process {process} AND e.whole = 1 AND e.ends > {now})
        """;

    internal Task<ClaimAnswer> ClaimAsync(Epoch epoch, IReadOnlyList<CountClaim> claims, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Counting at",
            async connection =>
            {
                var rows = JsonSerializer.Serialize(claims.Select(claim => new { k = claim.Key, n = claim.Limit }));
                var command = new CommandDefinition(_claim, new { epoch = epoch.ToString(), process = epoch.Process, rows });
                await using var results = await connection.QueryMultipleAsync(command);
                await results.ReadAsync();
                await results.ReadAsync();
                var taken = (await results.ReadAsync<string>()).Any() ? 1 : 0;
                var totals = (await results.ReadAsync<(string Key, long Own, long Others)>()).ToDictionary(row => row.Key, StringComparer.Ordinal);
                if (await results.ReadSingleAsync<long>() == 0)
                    return ClaimAnswer.Unknown;
                KeyTotal[] before = [.. claims.Select(claim => new KeyTotal((int)totals[claim.Key].Own - taken, (int)totals[claim.Key].Others))];
                return taken == 1 ? ClaimAnswer.Taken(before) : ClaimAnswer.Full(claims, before);
            },
            cancellation);

    internal Task<bool> ChangeAsync(Epoch epoch, IReadOnlyDictionary<string, int> changes, CancellationToken cancellation) =>
        WriteAsync(_change, epoch, changes, cancellation);

    internal Task<bool> SetAsync(Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation) =>
        WriteAsync(_set, epoch, counts, cancellation);

    internal Task<bool> CountFromNowAsync(Epoch epoch, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Counting at",
            async connection => (await connection.QueryAsync<long>(
                new CommandDefinition(_countFromNow, new { epoch = epoch.ToString(), process = epoch.Process }))).Any(),
            cancellation);

    private static string Write(SqlDialect dialect, string rows, string condition, string sum) => $"""
        {dialect.LockForChange}
        INSERT INTO bascule_counts (key, epoch, n) SELECT w.k, @epoch, w.n FROM {rows} WHERE ({condition}) > 0
        ON CONFLICT (key, epoch) DO UPDATE SET n = {sum};
        DELETE FROM bascule_counts WHERE epoch = @epoch AND n <= 0 AND {dialect.IsAnyOf("key", $"SELECT w.k FROM {rows}")};
        {condition};
        """;

    private Task<bool> WriteAsync(string text, Epoch epoch, IReadOnlyDictionary<string, int> counts, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Counting at",
            async connection =>
            {
                var rows = JsonSerializer.Serialize(counts.Select(pair => new { k = pair.Key, n = pair.Value }));
                await using var results = await connection.QueryMultipleAsync(new CommandDefinition(text, new { epoch = epoch.ToString(), rows }));
                await results.ReadAsync();
                return await results.ReadSingleAsync<long>() > 0;
            },
            cancellation);
}
