using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>The end of the process, as load balancers, clients and back ends see it.</summary>
public sealed class GracefulStopTests : GatewayTest
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task First_it_is_not_ready_any_more_and_still_serves_who_comes()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);
        await using var stop = new Stop(Gateway);

        var (ready, _) = await Gateway.GetAsync(Gateway.AdminUrl, "/readyz");
        var (health, body) = await Gateway.GetAsync("/health");
        var (alive, _) = await Gateway.GetAsync(Gateway.AdminUrl, "/livez");

        Assert.Equal((503, 503, 200), ((int)ready.StatusCode, (int)health.StatusCode, (int)alive.StatusCode));
        Assert.Contains("\"stopping\"", body, StringComparison.Ordinal);
        var (client, backend) = await Gateway.JoinAsync(Backend);
        await client.SendTextAsync("hello", masked: true);
        Assert.Equal("hello", (await backend.ReadFrameAsync()).Text);
    }

    [Fact]
    public async Task After_the_pause_new_attempts_are_refused()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);
        await using var stop = new Stop(Gateway);

        await PauseIsOverAsync();

        var answer = await Gateway.AnswerAsync(new Ask("/ws"));
        Assert.Equal((503, "2"), (answer.Status, answer.Field("Retry-After")));
        Assert.Equal(EndReasons.GatewayStopping.Label, (await Gateway.ExplainAsync(answer.Field("X-Bascule-Attempt")!)).Label);
    }

    [Theory]
    [InlineData(null, 1001)]
    [InlineData("chat", 1001)]
    [InlineData("bascule.v1", 4600)]
    public async Task Clients_are_told_in_the_code_that_they_know(string? subprotocol, int code)
    {
        await StartAsync(Settings with { Stop = Settings.Stop with { Spread = TimeSpan.Zero } });
        var ask = subprotocol is null ? new Ask("/ws") : new Ask("/ws").With($"Sec-WebSocket-Protocol: {subprotocol}");
        var (client, backend) = await Gateway.JoinAsync(Backend, ask, subprotocol);
        await using var stop = new Stop(Gateway);
        await PauseIsOverAsync();

        var told = await client.ReadCloseAsync();

        Assert.Equal((code, EndReasons.Draining.Label), (told.CloseCode, told.CloseReason.Split(';')[0]));
        Assert.Equal(1001, (await backend.ReadCloseAsync()).CloseCode);
    }

    [Fact]
    public async Task Closes_are_spread_over_their_time()
    {
        await StartAsync();
        var told = 0;
        for (var i = 0; i < 10; i++)
        {
            var (client, _) = await Gateway.JoinAsync(Backend);
            _ = CountAsync(client);
        }

        // One at once, then one a second.
        // On a clock of its own, which nobody else sets timers on: one for the deadline, one for the next step.
        var time = new ManualTime();
        var stop = new GracefulStop(() => Settings.Stop, Gateway.Rooms.State, Gateway.Rooms.Connections, Gateway.Rooms.Requests, Gateway.Rooms.Journal, time).RunAsync();
        await StepAsync(Pause);
        for (var second = 1; second <= 10; second++)
        {
            for (var step = 0; step < 10; step++)
                await StepAsync(TimeSpan.FromMilliseconds(100));
            await Eventually.HoldsAsync(() => Volatile.Read(ref told) == Math.Min(10, second + 1));
        }

        time.Advance(Settings.Stop.Deadline);
        Assert.Equal(10, await stop.Soon());

        async Task StepAsync(TimeSpan by)
        {
            time.Advance(by);
            await Eventually.HoldsAsync(() => time.ArmedTimers == 2);
        }

        async Task CountAsync(Wire client)
        {
            await client.ReadCloseAsync();
            Interlocked.Increment(ref told);
        }
    }

    [Fact]
    public async Task Who_answers_is_gone_and_who_does_not_is_cut_and_counted()
    {
        await StartAsync(Settings with { Stop = Settings.Stop with { Spread = TimeSpan.Zero }, Deadlines = Settings.Deadlines with { Close = TimeSpan.FromMinutes(1) } });
        var (polite, itsBackend) = await Gateway.JoinAsync(Backend);
        var (mute, _) = await Gateway.JoinAsync(Backend);
        var stop = new Stop(Gateway);
        await PauseIsOverAsync();
        await polite.SendCloseAsync((await polite.ReadCloseAsync()).CloseCode, "", masked: true);
        polite.Finish();
        itsBackend.Dispose();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 1);
        await mute.ReadCloseAsync();

        await stop.DisposeAsync();

        Assert.Equal(1, await stop.Task);
    }

    [Fact]
    public async Task Nobody_there_means_nothing_to_wait_for_but_the_pause()
    {
        await StartAsync();
        var stop = new Stop(Gateway);

        await PauseIsOverAsync();
        await stop.DisposeAsync();

        Assert.Equal(0, await stop.Task);
    }

    [Fact]
    public async Task Attempts_on_their_way_are_refused_in_the_way_they_can_see()
    {
        await StartAsync(Settings.WithPool(p => p with { SlotsPerNode = 1 }));
        var dialing = await Gateway.SendAsync(new Ask("/ws"));
        Gateway.Keep(await Backend.AcceptAsync());
        var waiting = await Gateway.SendAsync(new Ask("/ws").AsBrowser());
        await Eventually.HoldsAsync(() => Gateway.Waiting == 1);
        var stop = new Stop(Gateway);
        await PauseIsOverAsync();

        Assert.Equal(503, (await dialing.ReadAnswerAsync()).Status);
        Assert.Equal(101, (await waiting.ReadAnswerAsync()).Status);
        Assert.Equal(EndReasons.GatewayStopping.Code, (await waiting.ReadCloseAsync()).CloseCode);
        dialing.Finish();
        waiting.Reset();
        await stop.DisposeAsync();
        Assert.Equal(0, await stop.Task);
    }

    [Fact]
    public async Task An_ordinary_request_under_way_is_answered()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(Ask.Plain("/ws"));
        using var backend = await Backend.AcceptAsync();
        await backend.ReadHeadAsync();
        var stop = new Stop(Gateway);
        await PauseIsOverAsync();

        await backend.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

        Assert.Equal("hello", (await client.ReadAnswerAsync()).Body);
        await stop.DisposeAsync();
    }

    [Fact]
    public async Task An_event_stream_does_not_keep_it()
    {
        await StartAsync();
        var client = await Gateway.SendAsync(Ask.Plain("/ws"));
        using var backend = await Backend.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n");
        await client.PeekAsync("data: first");
        var stop = new Stop(Gateway);

        await stop.DisposeAsync();

        Assert.Equal(0, await stop.Task);
    }

    [Fact]
    public async Task The_probe_is_told_too()
    {
        await StartAsync(Settings with { Stop = Settings.Stop with { Spread = TimeSpan.Zero } });
        var client = await Gateway.SendAsync(new Ask("/ws-test"));
        await client.ReadAnswerAsync();
        await client.ReadFrameAsync();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 1);
        await using var stop = new Stop(Gateway);

        await PauseIsOverAsync();

        Assert.Equal(1001, (await client.ReadCloseAsync()).CloseCode);
    }

    [Fact]
    public async Task What_is_left_shows_in_the_metrics()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);
        Assert.Contains("bascule_drain_remaining{kind=\"gateway\"} 0", await Gateway.AdminAsync("/metrics"), StringComparison.Ordinal);
        await using var stop = new Stop(Gateway);
        await PauseIsOverAsync();

        Assert.Contains("bascule_drain_remaining{kind=\"gateway\"} 1", await Gateway.AdminAsync("/metrics"), StringComparison.Ordinal);
    }

    private async Task PauseIsOverAsync()
    {
        Gateway.Time.Advance(Pause);
        await Eventually.HoldsAsync(() => Gateway.Rooms.State.Stopping);
    }
}
