using System.Data.Common;
using System.Text.Json;
using Bascule.Cluster;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>The life of epochs, what they carry, and what is cleared up after them.</summary>
internal sealed class SqlLife
{
    // Rows that one pulse clears up in a table: some tens of milliseconds at most, so that a dead gateway of 100,000 connections is gone within half a minute.
    private const int RowsCleared = 5000;

    private readonly SqlEngine _engine;
    private readonly string _pulse;
    private readonly string _find;
    private readonly string _instances;

    internal SqlLife(SqlEngine engine)
    {
        _engine = engine;
        var dialect = engine.Dialect;
        var now = dialect.Now;
        var alive = $"SELECT count(*) FROM bascule_epochs WHERE epoch = @epoch AND ends > {now}";
        var opened = dialect.Rows("opened", ("id", "text"), ("since", "bigint"), ("user_name", "text"), ("route", "text"), ("pool", "text"), ("node", "text"),
            ("address", "text"), ("protocol", "text"));
        _pulse = $"""
            {alive};
            INSERT INTO bascule_epochs (epoch, process, instance, since, ends, whole) VALUES (@epoch, @process, @instance, {now}, {now} + @life, 0)
            ON CONFLICT (epoch) DO UPDATE SET ends = excluded.ends WHERE bascule_epochs.ends > {now};
            INSERT INTO bascule_directory (epoch, id, since, user_name, route, pool, node, address, protocol)
            SELECT @epoch, w.id, w.since, w.user_name, w.route, w.pool, w.node, w.address, w.protocol FROM {opened} WHERE ({alive}) > 0
            ON CONFLICT (epoch, id) DO UPDATE SET since = excluded.since, user_name = excluded.user_name, route = excluded.route, pool = excluded.pool,
                node = excluded.node, address = excluded.address, protocol = excluded.protocol;
            DELETE FROM bascule_directory WHERE epoch = @epoch AND {dialect.IsAnyOf("id", $"SELECT w.id FROM {dialect.Rows("closed", ("id", "text"))}")};
            SELECT number, kind, payload, ends FROM bascule_bulletins WHERE number > @since AND ends > {now} ORDER BY number LIMIT {Bulletin.MostPerPulse};
            SELECT w.k, {SqlCounts.Sum(now, "<> @process")} FROM {dialect.Rows("watched", ("k", "text"))};
            {ClearUp(dialect)}
            """;
        _find = $"""
            SELECT d.id, d.since, d.user_name, d.route, d.pool, d.node, d.address, d.protocol, e.instance
            FROM bascule_directory AS d JOIN bascule_epochs AS e ON e.epoch = d.epoch
            WHERE e.whole = 1 AND e.ends > {now} AND {Fits("d.user_name", "user")} AND {Fits("d.route", "route")} AND {Fits("d.pool", "pool")}
                AND {Fits("d.node", "node")} AND {Fits("e.instance", "instance")}
            LIMIT @most
            """;
        _instances = $"""
            SELECT e.instance, e.process, e.since, (SELECT count(*) FROM bascule_directory AS d WHERE d.epoch = e.epoch)
            FROM bascule_epochs AS e WHERE e.whole = 1 AND e.ends > {now} ORDER BY e.instance, e.process
            """;
    }

    internal Task<PulseAnswer> PulseAsync(Pulse pulse, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Keeping this gateway alive in",
            async connection =>
            {
                await using var results = await connection.QueryMultipleAsync(new CommandDefinition(_pulse, Parameters(pulse)));
                var wasAlive = await results.ReadSingleAsync<long>() > 0;
                Bulletin[] bulletins = [.. (await results.ReadAsync<(long Number, string Kind, string Payload, long Ends)>())
                    .Select(row => new Bulletin(row.Kind, row.Payload, DateTimeOffset.FromUnixTimeMilliseconds(row.Ends)) { Number = row.Number })];
                var others = (await results.ReadAsync<(string Key, long Count)>()).ToDictionary(row => row.Key, row => (int)row.Count, StringComparer.Ordinal);
                return new PulseAnswer(wasAlive, bulletins, others);
            },
            cancellation);

    internal Task LeaveAsync(string process, CancellationToken cancellation) =>
        _engine.AskAsync(
            "Leaving",
            connection => connection.ExecuteAsync(new CommandDefinition(
                $"UPDATE bascule_epochs SET ends = {_engine.Dialect.Now} WHERE process = @process AND ends > {_engine.Dialect.Now}",
                new { process })),
            cancellation);

    internal Task<IReadOnlyList<OpenConnection>> FindAsync(DirectoryFilter filter, int most, CancellationToken cancellation) =>
        _engine.AskAsync<IReadOnlyList<OpenConnection>>(
            "Looking for connections in",
            async connection =>
            {
                var command = new CommandDefinition(
                    _find,
                    new { user = filter.User, route = filter.Route, pool = filter.Pool, node = filter.Node, instance = filter.Instance, most });
                await using var reader = await connection.ExecuteReaderAsync(command);
                return await ReadAsync(reader);
            },
            cancellation);

    internal Task<IReadOnlyList<Instance>> InstancesAsync(CancellationToken cancellation) =>
        _engine.AskAsync<IReadOnlyList<Instance>>(
            "Looking for gateways in",
            async connection =>
            {
                var rows = await connection.QueryAsync<(string Name, string Process, long Since, long Connections)>(new CommandDefinition(_instances));
                return [.. rows.Select(row => new Instance(row.Name, row.Process, DateTimeOffset.FromUnixTimeMilliseconds(row.Since), (int)row.Connections))];
            },
            cancellation);

    private static object Parameters(Pulse pulse) => new
    {
        epoch = pulse.Epoch.ToString(),
        process = pulse.Epoch.Process,
        instance = DirectoryText.Of(pulse.Instance),
        life = (long)pulse.Life.TotalMilliseconds,
        since = pulse.SinceBulletin,
        opened = JsonSerializer.Serialize(pulse.Opened.Select(c => new
        {
            id = c.Id,
            since = c.Since.ToUnixTimeMilliseconds(),
            user_name = c.User,
            route = c.Route,
            pool = c.Pool,
            node = c.Node,
            address = c.Address,
            protocol = c.Protocol,
        })),
        closed = JsonSerializer.Serialize(pulse.Closed.Select(id => new { id })),
        watched = JsonSerializer.Serialize(pulse.Watched.Select(key => new { k = key })),
    };

    // What is dead counts no more, so there is no hurry; one more life passes first, and whatever its owner had sent has then ended.
    private static string ClearUp(SqlDialect dialect)
    {
        var isDead = $"e.ends <= {dialect.Now} - @life";
        return $"""
            DELETE FROM bascule_counts WHERE {dialect.HousekeepingLock} AND (key, epoch) IN (
                SELECT c.key, c.epoch FROM bascule_counts AS c JOIN bascule_epochs AS e ON e.epoch = c.epoch WHERE {isDead} LIMIT {RowsCleared});
            DELETE FROM bascule_directory WHERE {dialect.HousekeepingLock} AND (epoch, id) IN (
                SELECT d.epoch, d.id FROM bascule_directory AS d JOIN bascule_epochs AS e ON e.epoch = d.epoch WHERE {isDead} LIMIT {RowsCleared});
            DELETE FROM bascule_epochs WHERE {dialect.HousekeepingLock} AND epoch IN (
                SELECT e.epoch FROM bascule_epochs AS e WHERE {isDead} AND NOT EXISTS (SELECT 1 FROM bascule_counts AS c WHERE c.epoch = e.epoch)
                    AND NOT EXISTS (SELECT 1 FROM bascule_directory AS d WHERE d.epoch = e.epoch));
            DELETE FROM bascule_bulletins WHERE {dialect.HousekeepingLock} AND number IN (
                SELECT number FROM bascule_bulletins WHERE ends <= {dialect.Now} LIMIT {RowsCleared});
            DELETE FROM bascule_tickets WHERE {dialect.HousekeepingLock} AND hash IN (
                SELECT hash FROM bascule_tickets WHERE ends <= {dialect.Now} LIMIT {RowsCleared});
            """;
    }

    private static string Fits(string column, string parameter) => $"(CAST(@{parameter} AS text) IS NULL OR {column} = @{parameter})";

    private static async Task<IReadOnlyList<OpenConnection>> ReadAsync(DbDataReader reader)
    {
        List<OpenConnection> found = [];
        while (await reader.ReadAsync())
        {
            found.Add(new OpenConnection(reader.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)))
            {
                User = reader.IsDBNull(2) ? null : reader.GetString(2),
                Route = reader.GetString(3),
                Pool = reader.GetString(4),
                Node = reader.GetString(5),
                Address = reader.GetString(6),
                Protocol = reader.IsDBNull(7) ? null : reader.GetString(7),
                Instance = reader.GetString(8),
            });
        }

        return found;
    }
}
