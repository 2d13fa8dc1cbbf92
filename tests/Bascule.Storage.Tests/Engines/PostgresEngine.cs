using System.Diagnostics;
using System.Net;
using Bascule.Cluster;
using Bascule.Settings;
using Bascule.Storage.Sql;
using Bascule.Testing;
using Dapper;
using Npgsql;

namespace Bascule.Storage.Tests;

/// <summary>A PostgreSQL server with a cluster of its own; as root it runs as the user postgres, because it refuses root.</summary>
public sealed class PostgresEngine : StoreEngine
{
    private readonly IPEndPoint _place = OwnAddress.Next();
    private Process? _server;

    internal string Host => $"{_place}";

    public override string Address => $"postgres://postgres:secret@{Host}/postgres";

    public override string Title => $"PostgreSQL {_place}/postgres";

    private string Data => Path.Combine(Folder, "cluster");

    public override IClusterStore NewStore() => SqlStore.Create(StorageAddress.Parse(Address, out _)!, Folder);

    public override async Task<long> LeftoversAsync(Epoch epoch)
    {
        await using var connection = new NpgsqlConnection($"Host={_place.Address};Port={_place.Port};Username=postgres;Pooling=false");
        return await connection.ExecuteScalarAsync<long>(SqliteEngine.Leftovers, new { epoch = epoch.ToString() });
    }

    public override Task ReviveAsync()
    {
        _server = AsPostgres(Start, "postgres", "-D", Data, "-p", $"{_place.Port}", "-c", $"listen_addresses={_place.Address}", "-c", $"unix_socket_directories={Folder}", "-c", "fsync=off");
        return Task.CompletedTask;
    }

    public override async Task KillAsync()
    {
        if (_server is not { } server)
            return;
        _server = null;

        // The immediate stop: no client is told, nothing is written down, and the start after it is a recovery. SIGKILL would leave its children behind.
        await RunAsync("kill", "-QUIT", $"{server.Id}");
        await server.WaitForExitAsync();
        server.Dispose();
    }

    public override async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", Folder);
        await AsPostgres(RunAsync, "initdb", "-D", Data, "-U", "postgres", "-A", "trust", "--no-sync");
        // What initdb writes trusts 127.0.0.1 alone.
        await File.AppendAllTextAsync(Path.Combine(Data, "pg_hba.conf"), "host all all 127.0.0.0/8 trust\n");
        await base.InitializeAsync();
        await using var store = NewStore();
        await Eventually.OpensAsync(store);
    }

    // setpriv becomes the program that it starts, so the process id is the server's own.
    private static T AsPostgres<T>(Func<string, IEnumerable<string>, T> start, string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? start("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", FindProgram(program), .. arguments])
            : start(FindProgram(program), arguments);

    // Debian keeps the server's programs out of the path; others have them there.
    private static string FindProgram(string name)
    {
        const string debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(debian) ? Directory.GetDirectories(debian) : [];
        return versions.OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
            .Select(folder => Path.Combine(folder, "bin", name)).FirstOrDefault(File.Exists) ?? name;
    }
}
