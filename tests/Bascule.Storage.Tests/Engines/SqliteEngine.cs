using Bascule.Cluster;
using Bascule.Settings;
using Bascule.Storage.Sql;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Bascule.Storage.Tests;

/// <summary>A SQLite file; it is away while another program holds all of it.</summary>
public sealed class SqliteEngine : StoreEngine
{
    internal const string Leftovers = """
        SELECT (SELECT count(*) FROM bascule_epochs WHERE epoch = @epoch) + (SELECT count(*) FROM bascule_counts WHERE epoch = @epoch)
            + (SELECT count(*) FROM bascule_directory WHERE epoch = @epoch)
        """;

    private SqliteConnection? _holder;

    public override string Title => "SQLite ";

    public override string Address => $"sqlite:{File}";

    internal string File => Path.Combine(Folder, "sub", "bascule.db");

    public override IClusterStore NewStore() => SqlStore.Create(StorageAddress.Parse(Address, out _)!, Folder);

    public override async Task<long> LeftoversAsync(Epoch epoch)
    {
        await using var connection = Connect();
        return await connection.ExecuteScalarAsync<long>(Leftovers, new { epoch = epoch.ToString() });
    }

    public override async Task KillAsync()
    {
        _holder = Connect();
        await _holder.OpenAsync();
        await _holder.ExecuteAsync("BEGIN EXCLUSIVE");
    }

    public override async Task ReviveAsync()
    {
        if (_holder is null)
            return;
        await _holder.DisposeAsync();
        _holder = null;
    }

    public override async ValueTask InitializeAsync()
    {
        await using var store = NewStore();
        await Eventually.OpensAsync(store);
    }

    public override async ValueTask DisposeAsync()
    {
        await ReviveAsync();
        await base.DisposeAsync();
        await ReviveAsync();
    }

    private SqliteConnection Connect() => new($"Data Source={File};Pooling=False");
}
