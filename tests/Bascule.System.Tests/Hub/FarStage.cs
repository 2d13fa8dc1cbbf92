using System.Text.Json;
using Bascule.Storage.Tests;
using StackExchange.Redis;

namespace Bascule.System.Tests;

/// <summary>A gateway without shards of its own, and two more that are its shards, each with two slots; all read one Redis. The machine is one, the ways are those between machines.</summary>
public sealed class FarStage : IAsyncLifetime
{
    internal const int SlotsPerShard = 2;

    private readonly RedisEngine _redis = new();
    private readonly TestFolder _folder = new();
    private readonly List<GatewayProcess> _all = [];
    private ConnectionMultiplexer? _connection;

    internal GatewayProcess Gateway => _all[^1];

    internal IReadOnlyList<GatewayProcess> Far => _all[..^1];

    public async ValueTask InitializeAsync()
    {
        await _redis.InitializeAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync($"{_redis.Host},password={Uri.UnescapeDataString(new Uri(_redis.Address).UserInfo[1..])}");
        await File.WriteAllTextAsync(_folder.File("secret"), "a secret that these machines share\n");
        var hub = $$"""
            "secretFile": {{JsonSerializer.Serialize(_folder.File("secret"))}}, "redis": { "url": "{{_redis.Address}}", "streams": ["news"] }
            """;
        for (var far = 0; far < 2; far++)
            _all.Add(await GatewayProcess.StartAsync($$"""
                "hub": { {{hub}}, "slotsPerShard": {{SlotsPerShard}} },
                "routes": [{ "name": "far", "path": "/feed", "auth": "gateway", "topics": ["*"] }]
                """));
        _all.Add(await GatewayProcess.StartAsync($$"""
            "hub": { {{hub}}, "mode": "multi", "shards": 0, "slotsPerShard": {{SlotsPerShard}}, "elsewhere": {{JsonSerializer.Serialize(_all.Select(far => far.PublicUrls[0]))}}, "queue": { "length": 0 } },
            {{TestToken.Auth}},
            "routes": [{ "name": "feed", "path": "/feed", "auth": "required", "refusal": "http", "topics": ["news"] }]
            """));
        foreach (var gateway in _all)
            await Waiting.UntilAsync(() => gateway.AdminTextAsync("/readyz"), text => text.StartsWith("ready", StringComparison.Ordinal), gateway.Process.Report);
        await Gateway.AllShardsUpAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // The gateway first: its shards are asked by nobody then.
        for (var i = _all.Count - 1; i >= 0; i--)
            await _all[i].DisposeAsync();
        _connection?.Dispose();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<HubSocket> ConnectAsync(string user, string query = "")
    {
        try
        {
            return await HubSocket.ConnectAsync($"{Gateway.WebSocketUrl}/feed{query}", TestToken.Of(user));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"No connection. {string.Join('\n', _all.Select(gateway => gateway.Process.Report()))}", e);
        }
    }

    internal Task PublishAsync(string message) => _connection!.GetDatabase().ExecuteAsync("XADD", "news", "*", "data", message);

    /// <summary>The shard that serves the attempt, as it says itself.</summary>
    /// <param name="among">Those that can be asked.</param>
    internal async Task<GatewayProcess> ServerOfAsync(string attempt, IEnumerable<GatewayProcess>? among = null)
    {
        var shards = await Task.WhenAll((among ?? Far).Select(async far => (Far: far, Attempts: await far.AdminTextAsync("/api/connections"))));
        return shards.Single(shard => shard.Attempts.Contains(attempt, StringComparison.Ordinal)).Far;
    }
}
