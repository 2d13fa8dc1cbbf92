using Bascule.Storage.Tests;

namespace Bascule.System.Tests;

/// <summary>Two gateways with the same configuration and the same storage, before an echo.</summary>
public sealed class ClusterStage<TEngine> : IAsyncLifetime
    where TEngine : StoreEngine, new()
{
    internal const int PerUser = 10;

    internal const int SharedSlots = 20;

    private readonly TEngine _engine = new();
    private BackendProcess? _echo;
    private GatewayProcess? _first;
    private GatewayProcess? _second;

    internal GatewayProcess First => _first!;

    internal GatewayProcess Second => _second!;

    public async ValueTask InitializeAsync()
    {
        await _engine.InitializeAsync();
        _echo = await BackendProcess.EchoAsync("mjs");
        _first = await StartGatewayAsync();
        _second = await StartGatewayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in new[] { _first, _second }.OfType<GatewayProcess>())
            await gateway.DisposeAsync();
        if (_echo is not null)
            await _echo.DisposeAsync();
        await _engine.DisposeAsync();
    }

    /// <summary>One more of them, which has reached the storage and has run its code once.</summary>
    /// <param name="patience">What holds while the storage answers is tested here: on a busy machine it may take its time for that.</param>
    internal async Task<GatewayProcess> StartGatewayAsync(string patience = "20s")
    {
        var gateway = await GatewayProcess.StartAsync($$"""
            "storage": "{{_engine.Address}}",
            "deadlines": { "storage": "{{patience}}" },
            {{TestToken.Auth}},
            "pools": {
              "echo": { "nodes": ["{{_echo!.Url}}"] },
              "worlds": { "nodes": ["{{_echo.Url}}"], "shared": true, "slotsPerNode": {{SharedSlots}}, "queue": { "length": 0 } }
            },
            "routes": [
              { "name": "echo", "path": "/echo", "auth": "required", "pool": "echo", "limits": { "connectionsPerUser": {{PerUser}} } },
              { "name": "worlds", "path": "/worlds", "auth": "none", "pool": "worlds" }
            ]
            """);
        try
        {
            await gateway.Process.LineAsync("ClusterConnected");
            var (open, _) = await Crowd.TryAsync(PerUser, TestToken.Of("first"), "/echo", gateway);
            await Crowd.CloseAsync(open);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }
}
