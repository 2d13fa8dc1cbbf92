using System.Data.Common;
using Dapper;

namespace Bascule.Storage.Sql;

/// <summary>The tables, in numbered steps. A step that was released is never changed: the next one changes what it made.</summary>
internal static class Migrations
{
    /// <summary>Brings the tables up to date. Runs alone among all gateways.</summary>
    internal static async Task RunAsync(DbConnection connection, SqlDialect dialect)
    {
        await connection.ExecuteAsync($"CREATE TABLE IF NOT EXISTS bascule_migrations (number integer PRIMARY KEY, name text NOT NULL, at bigint NOT NULL)");
        var done = (await connection.QueryAsync<long>("SELECT number FROM bascule_migrations")).ToHashSet();
        foreach (var (number, name, text) in Steps(dialect))
        {
            if (done.Contains(number))
                continue;
            await connection.ExecuteAsync(text);
            await connection.ExecuteAsync($"INSERT INTO bascule_migrations (number, name, at) VALUES (@number, @name, {dialect.Now})", new { number, name });
        }
    }

    private static IEnumerable<(int Number, string Name, string Text)> Steps(SqlDialect dialect) =>
    [
        (1, "counts and life", $"""
            CREATE {dialect.Unlogged} TABLE bascule_epochs (
                epoch text PRIMARY KEY, process text NOT NULL, instance text NOT NULL, since bigint NOT NULL, ends bigint NOT NULL, whole integer NOT NULL);
            CREATE INDEX bascule_epochs_process ON bascule_epochs (process);
            CREATE {dialect.Unlogged} TABLE bascule_counts (key text NOT NULL, epoch text NOT NULL, n integer NOT NULL, PRIMARY KEY (key, epoch));
            CREATE INDEX bascule_counts_epoch ON bascule_counts (epoch);
            CREATE {dialect.Unlogged} TABLE bascule_directory (
                epoch text NOT NULL, id text NOT NULL, since bigint NOT NULL, user_name text, route text NOT NULL, pool text NOT NULL, node text NOT NULL,
                address text NOT NULL, protocol text, PRIMARY KEY (epoch, id));
            """),
        (2, "bulletins and tickets", $"""
            CREATE TABLE bascule_bulletins (number bigint PRIMARY KEY, kind text NOT NULL, payload text NOT NULL, ends bigint NOT NULL);
            CREATE {dialect.Unlogged} TABLE bascule_tickets (hash text PRIMARY KEY, payload text NOT NULL, owner text NOT NULL, ends bigint NOT NULL);
            CREATE INDEX bascule_tickets_owner ON bascule_tickets (owner);
            CREATE INDEX bascule_tickets_ends ON bascule_tickets (ends);
            """),
        (3, "audit", $"""
            CREATE TABLE bascule_audit (number {dialect.NumberedKey}, at bigint NOT NULL, kind text NOT NULL, entry text NOT NULL);
            CREATE INDEX bascule_audit_at ON bascule_audit (at);
            """),

        // Logged: a crash must lose none of them, for the processes that they name go on.
        (4, "sessions", """
            CREATE TABLE bascule_sessions (
                id text PRIMARY KEY, version bigint NOT NULL, owner text NOT NULL, tenant text NOT NULL, state integer NOT NULL, created bigint NOT NULL,
                ended bigint, record text NOT NULL);
            CREATE INDEX bascule_sessions_owner ON bascule_sessions (tenant, owner, state);
            CREATE INDEX bascule_sessions_state ON bascule_sessions (state, created);
            CREATE INDEX bascule_sessions_created ON bascule_sessions (created);
            CREATE INDEX bascule_sessions_ended ON bascule_sessions (ended);
            CREATE TABLE bascule_session_results (id text PRIMARY KEY, output bytea NOT NULL, errors bytea NOT NULL, truncated bigint NOT NULL);
            CREATE TABLE bascule_session_hosts (host text PRIMARY KEY, ends bigint NOT NULL);
            """),
    ];
}
