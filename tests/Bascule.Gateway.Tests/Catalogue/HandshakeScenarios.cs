using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>Requests that are no proper request for a WebSocket, and handshakes that nobody waits for.</summary>
internal static class HandshakeScenarios
{
    internal static IReadOnlyList<Scenario> All { get; } =
    [
        Faulty(EndReasons.BadMethod, ask => ask with { Method = "DELETE" }),
        Faulty(EndReasons.BadHttpVersion, ask => ask with { Version = "HTTP/1.0" }),
        // Kestrel itself refuses a request without Host; an empty one it lets pass.
        Faulty(EndReasons.MissingHost, ask => ask with { Host = "" }),
        Faulty(EndReasons.BadConnectionHeader, ask => ask.Set("Connection", "keep-alive")),
        Faulty(EndReasons.UnsupportedVersion, ask => ask.Set("Sec-WebSocket-Version", "8")),
        Faulty(EndReasons.MissingKey, ask => ask.Set("Sec-WebSocket-Key", null)),
        Faulty(EndReasons.BadKey, ask => ask.Set("Sec-WebSocket-Key", "too short")),
        Faulty(EndReasons.BadSubprotocol, ask => ask.With("Sec-WebSocket-Protocol: chat, chat")),
        Faulty(EndReasons.BadExtensions, ask => ask.With("Sec-WebSocket-Extensions: ;=")),
        new(EndReasons.UpgradeRequired, Told.ByHttp, UpgradeRequiredAsync),
        new(EndReasons.BadRequest, Told.ByHttp, BadRequestAsync),
        new(EndReasons.BadConnectProtocol, Told.ByHttp, run => OverHttp2Async(run, webSockets: true, "telepathy")),
        new(EndReasons.Http2WebSocketsOff, Told.ByHttp, run => OverHttp2Async(run, webSockets: false, "websocket")),
        new(EndReasons.HandshakeTimeout, Told.ByMode, HandshakeTimeoutAsync),
        new(EndReasons.ClientGaveUp, Told.NotAtAll, ClientGaveUpAsync),
    ];

    private static Scenario Faulty(EndReason reason, Func<Ask, Ask> spoil) => new(reason, Told.ByHttp, async run =>
    {
        await run.StartAsync();
        await run.RefusedAsync(spoil(run.Ask()));
    });

    private static async Task UpgradeRequiredAsync(ScenarioRun run)
    {
        await run.StartAsync(run.Settings.WithRoutes(Configured.Route("open", "/ws") with { Http = false }));
        await run.RefusedAsync(run.Ask() with { Handshake = Ask.Plain("/").Handshake });
    }

    private static async Task BadRequestAsync(ScenarioRun run)
    {
        await run.StartAsync();
        await run.RefusedAsync((run.Ask() with { Handshake = Ask.Plain("/").Handshake }).With("X-Note: a\u0001b"));
    }

    private static async Task OverHttp2Async(ScenarioRun run, bool webSockets, string protocol)
    {
        var certificate = run.Owned(TestCertificate.Make());
        await run.StartAsync(run.Settings with { Listen = certificate.Listen(webSockets) });
        using var client = Http2.Client();
        run.Answer = await Http2.ConnectAsync(client, new Uri(run.Gateway.Url, run.Ask().Target), protocol);
    }

    private static async Task HandshakeTimeoutAsync(ScenarioRun run)
    {
        await run.StartAsync(run.Settings with { Deadlines = run.Settings.Deadlines with { Handshake = TimeSpan.FromSeconds(3) } });
        var client = await run.Gateway.SendAsync(run.Ask());
        using var silent = await run.Backend.AcceptAsync();
        run.Time.Advance(TimeSpan.FromSeconds(3));
        await run.ReadRefusalAsync(client);
    }

    private static async Task ClientGaveUpAsync(ScenarioRun run)
    {
        await run.StartAsync();
        var client = await run.Gateway.SendAsync(run.Ask());
        await run.Gateway.Keep(await run.Backend.AcceptAsync()).ReadHeadAsync();
        client.Reset();
        // Clients on sockets of ours are looked after once a second, and the reset may take its time.
        var ended = run.Gateway.Log.EndOfAsync(run.Attempt);
        for (var second = 0; second < 20 && !ended.IsCompleted; second++)
        {
            run.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
        }
    }
}
