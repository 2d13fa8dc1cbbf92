using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A gateway before a raw back end, for tests that need one of each.</summary>
public abstract class GatewayTest : IAsyncDisposable
{
    private TestGateway? _gateway;

    internal RawBackend Backend { get; } = new();

    internal TestGateway Gateway => _gateway ?? throw new InvalidOperationException("The test has not started its gateway.");

    internal BasculeSettings Settings => Configured.For(Backend.Url);

    internal async Task<TestGateway> StartAsync(BasculeSettings? settings = null, TimeProvider? time = null) => _gateway = await TestGateway.StartAsync(settings ?? Settings, time);

    internal async Task<TestGateway> StartAsync(ConfigFolder config) => _gateway = await TestGateway.StartAsync(config.Settings, source: config.Source);

    /// <summary>Sends a request for a WebSocket, agrees to it at the back end, and tells what that was asked and what the client was answered.</summary>
    internal async Task<(MessageHead Asked, WireAnswer Answer)> PassAsync(Ask ask, string? subprotocol = null)
    {
        var client = await Gateway.SendAsync(ask);
        var (wire, asked) = await Backend.AskedAsync(subprotocol);
        Gateway.Keep(wire);
        return (asked, await client.ReadAnswerAsync());
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        Backend.Dispose();
    }
}
