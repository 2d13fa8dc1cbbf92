using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>When each connection is asked to go.</summary>
public sealed class StopPaceTests
{
    [Fact]
    public async Task A_single_connection_goes_as_soon_as_the_pause_is_over()
    {
        using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url));
        var (client, _) = await gateway.JoinAsync(backend);
        await using var stop = new Stop(gateway);

        gateway.Time.Advance(gateway.Rooms.Settings.Stop.Pause);

        Assert.StartsWith(EndReasons.Draining.Label, (await client.ReadCloseAsync()).CloseReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_goes_at_once_the_last_before_the_spread_is_over_and_the_others_evenly()
    {
        using var backend = new RawBackend();
        var settings = Configured.For(backend.Url) with { Stop = new StopSettings { Pause = TimeSpan.FromSeconds(2), Spread = TimeSpan.FromSeconds(10) } };
        await using var gateway = await TestGateway.StartAsync(settings);
        var clients = new List<Wire>();
        for (var i = 0; i < 4; i++)
            clients.Add((await gateway.JoinAsync(backend)).Client);
        await Eventually.HoldsAsync(() => gateway.Rooms.Sweep.Count == clients.Count);
        var closes = clients.ConvertAll(c => c.ReadCloseAsync());
        await using var stop = new Stop(gateway);

        gateway.Time.Advance(TimeSpan.FromSeconds(2));
        for (var told = 1; told < clients.Count; told++)
        {
            await Eventually.HoldsAsync(() => closes.Count(c => c.IsCompleted) == told);
            gateway.Time.Advance(TimeSpan.FromSeconds(2.4));
            Assert.Equal(told, closes.Count(c => c.IsCompleted));
            gateway.Time.Advance(TimeSpan.FromSeconds(0.1));
        }

        await Task.WhenAll(closes);
    }
}
