using System.Diagnostics;
using System.Net;
using Bascule.Cluster;
using Bascule.Settings;
using Bascule.Storage.Redis;
using Bascule.Testing;
using StackExchange.Redis;

namespace Bascule.Storage.Tests;

/// <summary>A redis-server that keeps nothing: killed, it comes back empty.</summary>
public sealed class RedisEngine : StoreEngine
{
    private const string Password = "p@ss:w/rd";

    private readonly IPEndPoint _place = OwnAddress.Next();
    private Process? _server;

    internal string Host => $"{_place}";

    public override string Address => $"redis://:{Uri.EscapeDataString(Password)}@{Host}";

    public override string Title => $"Redis {_place}/0";

    public override IClusterStore NewStore() => RedisStore.Create(StorageAddress.Parse(Address, out _)!, TimeProvider.System);

    public override async Task<long> LeftoversAsync(Epoch epoch)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{_place},password={Password}");
        var keys = (string[])(await connection.GetDatabase().ScriptEvaluateAsync("return redis.call('KEYS', ARGV[1])", [], [$"*{epoch}"]))!;
        return keys.Length;
    }

    public override Task ReviveAsync()
    {
        _server = Start("redis-server", "--port", $"{_place.Port}", "--bind", $"{_place.Address}", "--save", "", "--appendonly", "no", "--requirepass", Password, "--dir", Folder);
        return Task.CompletedTask;
    }

    public override async Task KillAsync()
    {
        if (_server is not { } server)
            return;
        _server = null;
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    /// <summary>The server stands still, with its connections open.</summary>
    internal Task FreezeAsync() => RunAsync("kill", "-STOP", $"{_server!.Id}");

    internal Task ThawAsync() => RunAsync("kill", "-CONT", $"{_server!.Id}");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await using var store = NewStore();
        await Eventually.OpensAsync(store);
    }
}
