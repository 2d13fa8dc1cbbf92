using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Connections that an operator, the configuration, the token or a limit ends.</summary>
internal static class OrderScenarios
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        Ordered(EndReasons.Rebalancing, "connections:move"),
        Ordered(EndReasons.ClosedByOperator, "connections:close"),
        Told(EndReasons.TokenRevoked, (run, _) => run.Gateway.OrderAsync("/api/tokens:revoke?subject=alice")),
        Told(EndReasons.TokenLapsed, (run, _) =>
        {
            // As late as the door would still have taken it: 30 s of tolerance.
            run.Time.Advance(TimeSpan.FromSeconds(41));
            return Task.CompletedTask;
        }),
        new(EndReasons.RouteRemoved, Tests.Told.ByClose, RouteRemovedAsync),
        Told(EndReasons.MessageRate, SendTooFastAsync, new LimitSettings { MessagesPerSecond = 10 }, "limit=10/s; seen=200/s"),
        Told(EndReasons.MessageTooBig, (_, client) => client.SendTextAsync("eleven byte", masked: true), new LimitSettings { MessageBytes = 10 }, "limit=10B; seen=11B"),
    ];

    private static Scenario Ordered(EndReason reason, string order) => Told(reason, (run, _) => run.Gateway.OrderAsync($"/api/{order}?attempt={run.Attempt}"));

    /// <summary>A client of ours on a guarded route, whose token ends in ten seconds.</summary>
    private static Scenario Told(EndReason reason, Func<ScenarioRun, Wire, Task> act, LimitSettings? limits = null, string? facts = null) => new(reason, Tests.Told.ByClose, async run =>
    {
        await run.StartAsync(run.Settings with { Limits = limits ?? new LimitSettings() });
        var token = Tokens.With(run.Time, new TokenRequest { Subject = "alice", Lifetime = TimeSpan.FromSeconds(10) });
        var (client, backend) = await run.JoinAsync("bascule.v1", run.Ask("/guarded").WithToken(token));
        await act(run, client);
        await run.ReadCloseAsync(client);
        backend.Dispose();
    }, facts);

    private static async Task RouteRemovedAsync(ScenarioRun run)
    {
        var config = run.Owned(new ConfigFolder([run.Backend.Url], ("other", "/other"), ("open", "/ws")));
        await run.StartAsync(config.Settings, config.Source);
        var (client, backend) = await run.JoinAsync("bascule.v1");
        config.Change(root =>
        {
            root["reload"]!["connections"] = "close";
            root["routes"]!.AsArray().RemoveAt(1);
        });
        await run.Gateway.OrderAsync("/api/config:reload");
        await run.ReadCloseAsync(client);
        backend.Dispose();
    }

    private static async Task SendTooFastAsync(ScenarioRun run, Wire client)
    {
        var frame = new byte[] { 0x82, 0x80, 1, 2, 3, 4 };
        await client.SendAsync([.. Enumerable.Repeat(frame, 200).SelectMany(f => f)]);
        // It is held back until its patience is over; the clock goes on while it is.
        var told = client.PeekAsync("retry=");
        await Eventually.HoldsAsync(() =>
        {
            if (!told.IsCompleted)
                run.Time.Advance(Step);
            return told.IsCompleted;
        });
        await told;
    }
}
