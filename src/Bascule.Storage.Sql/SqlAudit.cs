using System.Data.Common;
using System.Text.Json;
using Bascule.Cluster;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>The audit log as a table.</summary>
internal static class SqlAudit
{
    private const string Read = """
        SELECT at, kind, entry FROM bascule_audit
        WHERE (CAST(@kind AS text) IS NULL OR kind = @kind) AND (CAST(@from AS bigint) IS NULL OR at >= @from) AND (CAST(@before AS bigint) IS NULL OR at < @before)
        ORDER BY at DESC, number DESC LIMIT @most
        """;

    internal static Task<int> AppendAsync(DbConnection connection, SqlDialect dialect, IReadOnlyList<AuditRow> rows)
    {
        // In columns of their own: an entry is text to the database, so nothing that it holds can be wrong JSON to it.
        var source = dialect.Rows("rows", ("at", "bigint"), ("kind", "text"), ("entry", "text"));
        var json = JsonSerializer.Serialize(rows.Select(row => new { at = row.At.ToUnixTimeMilliseconds(), kind = row.Kind, entry = row.Json }));
        return connection.ExecuteAsync(new CommandDefinition(
            $"INSERT INTO bascule_audit (at, kind, entry) SELECT w.at, w.kind, w.entry FROM {source}", new { rows = json }));
    }

    internal static async Task<IReadOnlyList<AuditRow>> ReadAsync(DbConnection connection, AuditFilter filter, int most)
    {
        var parameters = new { kind = filter.Kind, from = filter.From?.ToUnixTimeMilliseconds(), before = filter.Before?.ToUnixTimeMilliseconds(), most };
        var rows = await connection.QueryAsync<(long At, string Kind, string Entry)>(new CommandDefinition(Read, parameters));
        return [.. rows.Select(row => new AuditRow(DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Kind, row.Entry))];
    }
}
