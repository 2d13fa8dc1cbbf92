using Bascule.Model;
using Bascule.Protocol;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>Connections that were open, and what ends them.</summary>
internal static class LifeScenarios
{
    private static readonly TimeSpan AllButTheLast = TimeSpan.FromSeconds(50);

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(25);

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.ClientClosed, Told.ByOtherSide, ClientClosedAsync),
        new(EndReasons.BackendClosed, Told.ByOtherSide, BackendClosedAsync),
        new(EndReasons.ClientLost, Told.NotAtAll, ClientLostAsync),
        Ended(EndReasons.BackendLost, (_, _, backend) =>
        {
            backend.Reset();
            return Task.CompletedTask;
        }),
        Ended(EndReasons.ClientProtocolError, (_, client, _) => client.SendTextAsync("not masked", masked: false)),
        Ended(EndReasons.BackendProtocolError, (_, _, backend) => backend.SendTextAsync("masked", masked: true)),
        Ended(EndReasons.ClientHeartbeatLost, async (run, client, backend) =>
        {
            run.Time.Advance(AllButTheLast);
            await backend.SendTextAsync("alive", masked: false);
            await client.PeekAsync("alive");
            run.Time.Advance(Rest);
        }),
        Ended(EndReasons.BackendHeartbeatLost, async (run, client, backend) =>
        {
            run.Time.Advance(AllButTheLast);
            await client.SendFrameAsync(Opcode.Text, [1], masked: true);
            await Eventually.HoldsAsync(() => run.Gateway.Rooms.Sweep.Open()[0].Facts.Client.Silence == TimeSpan.Zero);
            run.Time.Advance(Rest);
        }),
        Limited(EndReasons.Idle, s => s with { Life = s.Life with { Idle = TimeSpan.FromMinutes(1) } }, TimeSpan.FromMinutes(1)),
        Limited(EndReasons.MaximumAge, s => s with { Life = s.Life with { MaximumAge = TimeSpan.FromMinutes(1) } }, TimeSpan.FromMinutes(1)),
        Limited(EndReasons.Stale, s => s with { Heartbeat = s.Heartbeat with { Interval = TimeSpan.Zero } }, TimeSpan.FromMinutes(15)),
        new(EndReasons.Draining, Told.ByClose, DrainingAsync),
        new(EndReasons.GatewayFault, Told.ByMode, GatewayFaultAsync),
    ];

    private static Scenario Ended(EndReason reason, Func<ScenarioRun, Wire, Wire, Task> act) => new(reason, Told.ByClose, async run =>
    {
        await run.StartAsync();
        var (client, backend) = await run.JoinAsync();
        await act(run, client, backend);
        await run.ReadCloseAsync(client);
        backend.Dispose();
    });

    private static Scenario Limited(EndReason reason, Func<BasculeSettings, BasculeSettings> limit, TimeSpan after) => new(reason, Told.ByClose, async run =>
    {
        await run.StartAsync(limit(run.Settings));
        var (client, backend) = await run.JoinAsync();
        run.Time.Advance(after);
        await run.ReadCloseAsync(client);
        backend.Dispose();
    });

    private static async Task ClientClosedAsync(ScenarioRun run)
    {
        await run.StartAsync();
        var (client, backend) = await run.JoinAsync();
        await client.SendCloseAsync(4999, "enough", masked: true);
        var seen = await backend.ReadCloseAsync();
        Assert.Equal((4999, "enough"), (seen.CloseCode, seen.CloseReason));
        await backend.SendCloseAsync(4999, "enough", masked: false);
        backend.Dispose();
        Assert.Equal(4999, (await client.ReadCloseAsync()).CloseCode);
        client.Finish();
    }

    private static async Task BackendClosedAsync(ScenarioRun run)
    {
        await run.StartAsync();
        var (client, backend) = await run.JoinAsync();
        await backend.SendCloseAsync(3000, "game over", masked: false);
        await run.ReadCloseAsync(client);
        Assert.Equal((3000, "game over"), (run.Close!.CloseCode, run.Close.CloseReason));
        Assert.Equal(3000, (await backend.ReadCloseAsync()).CloseCode);
        backend.Dispose();
    }

    private static async Task ClientLostAsync(ScenarioRun run)
    {
        await run.StartAsync();
        var (client, backend) = await run.JoinAsync();
        client.Reset();
        var seen = await backend.ReadCloseAsync();
        Assert.Equal((1001, EndReasons.ClientLost.Label), (seen.CloseCode, seen.CloseReason.Split(';')[0]));
        backend.Dispose();
    }

    private static async Task DrainingAsync(ScenarioRun run)
    {
        await run.StartAsync(run.Settings with { Stop = run.Settings.Stop with { Pause = TimeSpan.Zero, Spread = TimeSpan.Zero } });
        // A second client that says nothing keeps the gateway there for the questions that follow.
        await run.Gateway.JoinAsync(run.Backend);
        var (client, backend) = await run.JoinAsync("bascule.v1");
        run.Owned(new Stop(run.Gateway));
        await run.ReadCloseAsync(client);
        backend.Dispose();
    }

    private static async Task GatewayFaultAsync(ScenarioRun run)
    {
        await run.StartAsync();
        using var client = new FaultyHandshake(run.Ask());
        var path = run.Gateway.Rooms.Path.RunAsync(client);
        using var backend = await run.Backend.UpgradeAsync();
        run.Answer = await client.Answer.Soon();
        if (run.Answer.Status == 101)
            await run.ReadCloseAsync(client.FarEnd);
        await path.Soon();
    }
}
