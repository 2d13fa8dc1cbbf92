using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Bascule.Settings;
using StackExchange.Redis;

namespace Bascule.Storage.Tests;

/// <summary>A redis-server that writes everything down: killed, it comes back with what it had. At an address of its own, so that nobody takes its port meanwhile.</summary>
public sealed class KeepingRedis : IAsyncLifetime
{
    private const int Port = 16379;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-redis-");
    private readonly string _host = $"127.{RandomNumberGenerator.GetInt32(1, 255)}.{RandomNumberGenerator.GetInt32(0, 255)}.{RandomNumberGenerator.GetInt32(1, 255)}";
    private Process? _server;
    private ConnectionMultiplexer? _connection;

    internal StorageAddress Address => StorageAddress.Parse($"redis://{_host}:{Port}", out _)!;

    public async ValueTask InitializeAsync() => await ReviveAsync();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    internal async Task ReviveAsync()
    {
        _server = StoreEngine.Start("redis-server", "--port", $"{Port}", "--bind", _host, "--save", "", "--appendonly", "yes", "--appendfsync", "no", "--dir", _folder.FullName);
        await Eventually.IsTrueAsync(async () =>
        {
            try
            {
                _connection = await ConnectionMultiplexer.ConnectAsync($"{_host}:{Port},connectTimeout=1000");
                return true;
            }
            catch (RedisConnectionException)
            {
                return false;
            }
        });
    }

    internal async Task KillAsync()
    {
        _connection?.Dispose();
        if (_server is not { } server)
            return;
        _server = null;
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    /// <summary>The server stands still, with its connections open.</summary>
    internal Task FreezeAsync() => StoreEngine.RunAsync("kill", "-STOP", $"{_server!.Id}");

    internal Task ThawAsync() => StoreEngine.RunAsync("kill", "-CONT", $"{_server!.Id}");

    internal async Task<string> TellAsync(string command, params string[] arguments) =>
        (await _connection!.GetDatabase().ExecuteAsync(command, [.. arguments.Cast<object>()])).ToString() ?? "";

    internal Task PublishAsync(string channel, string text) => TellAsync("PUBLISH", channel, text);

    /// <summary>Adds entries whose data are the numbers from <paramref name="first"/> on.</summary>
    internal async Task AddAsync(string stream, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            await TellAsync("XADD", stream, "*", "data", i.ToString(CultureInfo.InvariantCulture), "key", $"k{i % 3}");
    }
}
