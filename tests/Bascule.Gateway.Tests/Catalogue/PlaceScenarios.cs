using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Attempts for which there is no route, or no slot.</summary>
internal static class PlaceScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.RouteNotFound, Told.ByDefaultMode, async run =>
        {
            await run.StartAsync();
            await run.RefusedAsync(run.Ask("/nowhere"));
        }),
        Query(EndReasons.QueryMissing, "/ws/experience"),
        Query(EndReasons.QueryUnknownValue, "/ws/experience?experience=atlantis"),
        new(EndReasons.QueueFull, Told.ByMode, async run =>
        {
            await run.StartAsync(OneSlot(run, queueLength: 0));
            await run.Gateway.JoinAsync(run.Backend);
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.QueueTimeout, Told.ByMode, async run =>
        {
            await run.StartAsync(OneSlot(run, queueLength: 1));
            await run.Gateway.JoinAsync(run.Backend);
            var client = await run.Gateway.SendAsync(run.Ask());
            await Eventually.HoldsAsync(() => run.Gateway.Waiting == 1);
            run.Time.Advance(TimeSpan.FromSeconds(10));
            await run.ReadRefusalAsync(client);
        }),
        new(EndReasons.NoUsableNode, Told.ByMode, async run =>
        {
            await run.StartAsync();
            await run.Gateway.OrderAsync("/api/pools/pool:drain");
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.GatewayStopping, Told.ByMode, GatewayStoppingAsync),
    ];

    private static Scenario Query(EndReason reason, string target) => new(reason, Told.ByMode, async run =>
    {
        await run.StartAsync(run.Settings.WithRoutes(Configured.Route("experience", "/ws/experience") with { Query = Configured.Query("experience", "wylding-woods") }));
        await run.RefusedAsync(run.Ask(target));
    });

    private static BasculeSettings OneSlot(ScenarioRun run, int queueLength) =>
        run.Settings.WithPool(p => p with { SlotsPerNode = 1, Queue = p.Queue with { Length = queueLength } });

    /// <summary>A client that does not answer its close frame keeps the gateway from being gone at once.</summary>
    private static async Task GatewayStoppingAsync(ScenarioRun run)
    {
        await run.StartAsync(run.Settings with { Stop = run.Settings.Stop with { Pause = TimeSpan.Zero, Spread = TimeSpan.Zero } });
        await run.Gateway.JoinAsync(run.Backend);
        run.Owned(new Stop(run.Gateway));
        await Eventually.HoldsAsync(() => run.Gateway.Rooms.State.Stopping);
        await run.RefusedAsync(run.Ask());
    }
}
