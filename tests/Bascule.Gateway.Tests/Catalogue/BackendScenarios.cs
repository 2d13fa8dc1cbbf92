using Bascule.Model;

namespace Bascule.Gateway.Tests;

/// <summary>Back ends that do anything but answer 101 as they should.</summary>
internal static class BackendScenarios
{
    private const string Agreement = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n";

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new(EndReasons.BackendNameUnknown, Told.ByMode, async run =>
        {
            await run.StartAsync(Configured.For("http://no-such-host.invalid:80"));
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.BackendUnreachable, Told.ByMode, async run =>
        {
            using var closed = new RawBackend(listens: false);
            await run.StartAsync(Configured.For(closed.Url));
            await run.RefusedAsync(run.Ask());
        }),
        new(EndReasons.BackendConnectTimeout, Told.ByMode, async run =>
        {
            await run.StartAsync(Configured.For(run.Backend.TlsUrl));
            var client = await run.Gateway.SendAsync(run.Ask());
            using var silent = await run.Backend.AcceptAsync();
            run.Time.Advance(run.Settings.Deadlines.Connect);
            await run.ReadRefusalAsync(client);
        }),
        new(EndReasons.BackendTlsFailed, Told.ByMode, async run =>
        {
            await run.StartAsync(Configured.For(run.Backend.TlsUrl));
            var client = await run.Gateway.SendAsync(run.Ask());
            using var plain = await run.Backend.AcceptAsync();
            await plain.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            await run.ReadRefusalAsync(client);
        }),
        new(EndReasons.BackendSilent, Told.ByMode, async run =>
        {
            await run.StartAsync();
            var client = await run.Gateway.SendAsync(run.Ask());
            using var silent = await run.Backend.AcceptAsync();
            await silent.ReadHeadAsync();
            run.Time.Advance(run.Settings.Deadlines.Upgrade);
            await run.ReadRefusalAsync(client);
        }),
        new(EndReasons.BackendClosedEarly, Told.ByMode, async run =>
        {
            await run.StartAsync();
            var client = await run.Gateway.SendAsync(run.Ask());
            using (var leaving = await run.Backend.AcceptAsync())
                await leaving.ReadHeadAsync();
            await run.ReadRefusalAsync(client);
        }),
        Answering(EndReasons.BackendGarbage, "SSH-2.0-OpenSSH_9.2p1\r\n\r\n"),
        Answering(EndReasons.BackendNotWebSocket, "HTTP/1.1 200 OK\r\nServer: SimpleHTTP/0.6\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendRedirected, "HTTP/1.1 301 Moved Permanently\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendDenied, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendNotFound, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendRefused, "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendFailed, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
        Answering(EndReasons.BackendBadUpgrade, Agreement),
    ];

    private static Scenario Answering(EndReason reason, string answer) => new(reason, Told.ByMode, async run =>
    {
        await run.StartAsync();
        var client = await run.Gateway.SendAsync(run.Ask());
        using var backend = await run.Backend.AnswerAsync(answer);
        await run.ReadRefusalAsync(client);
    });
}
