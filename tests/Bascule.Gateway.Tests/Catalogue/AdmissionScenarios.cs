using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Attempts that may not come in, or not now.</summary>
internal static class AdmissionScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.RevokedToken, Told.ByMode, async run =>
        {
            await run.StartAsync();
            await run.Gateway.OrderAsync("/api/tokens:revoke?jti=one");
            var token = new TokenRequest { Subject = "alice", Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["jti"] = "one" } };
            await run.RefusedAsync(run.Ask("/guarded").WithToken(Tokens.With(run.Time, token)));
        }),
        new(EndReasons.TicketInvalid, Told.ByMode, async run =>
        {
            await run.StartAsync();
            await run.RefusedAsync(run.Ask($"/guarded?ticket={new string('A', 32)}"));
        }),
        new(EndReasons.TicketMisused, Told.ByMode, TicketMisusedAsync),
        new(EndReasons.OriginDenied, Told.ByMode, async run =>
        {
            await run.StartAsync();
            await run.RefusedAsync(run.Ask().From("https://elsewhere.test"));
        }),
        new(EndReasons.HostDenied, Told.ByMode, async run =>
        {
            await run.StartAsync(run.Settings with { Listen = run.Settings.Listen with { Hosts = ["served.test"] } });
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.UpgradeRate, Told.ByMode, async run =>
        {
            await run.StartAsync(run.Settings with { Limits = new LimitSettings { UpgradeRatePerAddress = new RateSettings { Rate = "1/m" } } });
            await run.Gateway.JoinAsync(run.Backend);
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.RequestRate, Told.ByHttp, async run =>
        {
            await run.StartAsync(run.Settings with { Limits = new LimitSettings { RequestRatePerAddress = new RateSettings { Rate = "1/m" } } });
            await run.Gateway.AnswerAsync(Ask.Plain("/nowhere"));
            await run.RefusedAsync(run.Ask() with { Handshake = Ask.Plain("/").Handshake });
        }),
        new(EndReasons.TooManyConnections, Told.ByMode, async run =>
        {
            await run.StartAsync(run.Settings with { Limits = new LimitSettings { ConnectionsPerAddress = 1 } });
            await run.Gateway.JoinAsync(run.Backend);
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.Overloaded, Told.ByCheapestMode, async run =>
        {
            await run.StartAsync(run.Settings with { Overload = run.Settings.Overload with { HandshakesInFlight = 1 } });
            await run.Gateway.SendAsync(new Ask("/ws"));
            using var unanswered = await run.Backend.AcceptAsync();
            await run.RefusedAsync(run.Ask());
        }),
    ];

    private static async Task TicketMisusedAsync(ScenarioRun run)
    {
        await run.StartAsync();
        var (_, body) = await run.Gateway.SendAsync(HttpMethod.Post, run.Gateway.Url, "/api/tickets?route=optional", $"Authorization: Bearer {Tokens.Good(run.Time)}");
        var ticket = JsonDocument.Parse(body).RootElement.GetProperty("ticket").GetString();
        await run.RefusedAsync(run.Ask($"/guarded?ticket={ticket}"));
    }
}
