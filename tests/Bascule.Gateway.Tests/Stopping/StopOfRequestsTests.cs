using System.Text.Json;

namespace Bascule.Gateway.Tests;

/// <summary>What a stop does to ordinary requests and to event streams.</summary>
public sealed class StopOfRequestsTests
{
    private static readonly TimeSpan Pause = Configured.For().Stop.Pause;

    private static readonly TimeSpan Deadline = Configured.For().Stop.Deadline;

    [Fact]
    public async Task A_request_under_way_is_finished_while_new_ones_are_refused()
    {
        using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url));
        var held = await gateway.SendAsync(Ask.Plain("/ws"));
        using var atBackend = await backend.AcceptAsync();
        await atBackend.ReadHeadAsync();
        var stop = new Stop(gateway);
        await using (stop)
        {
            gateway.Time.Advance(Pause);
            await Eventually.HoldsAsync(() => gateway.Rooms.State.Stopping);

            var refused = await gateway.AnswerAsync(Ask.Plain("/ws"));
            Assert.Equal((503, "2", "close"), (refused.Status, refused.Field("Retry-After"), refused.Field("Connection")));
            using var problem = JsonDocument.Parse(refused.Body);
            Assert.Equal("gateway_stopping", problem.RootElement.GetProperty("label").GetString());
            Assert.Equal(1, gateway.Rooms.Stop.Remaining);

            await atBackend.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            Assert.Equal("hello", (await held.ReadAnswerAsync()).Body);
        }

        Assert.Equal(0, await stop.Task);
    }

    [Theory]
    [InlineData("Accept: text/html, text/event-stream")]
    [InlineData("Accept: */*")]
    public async Task An_event_stream_is_ended_when_its_turn_comes(string accept)
    {
        await using var backend = await EchoBackend.StartAsync();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url).WithRoutes(Configured.Route("events", "/events")));
        var client = await gateway.SendAsync(Ask.Plain("/events").With(accept));
        await client.PeekAsync("data: first");
        var stop = new Stop(gateway);
        await using (stop)
        {
            gateway.Time.Advance(Pause);
            await client.ReadToEndAsync();
        }

        Assert.Equal(0, await stop.Task);
        Assert.DoesNotContain(gateway.Log.All, e => e.Event == "AttemptRefused");
        Assert.Contains("reason=\"none\",route=\"events\",status_class=\"2xx\"} 1", string.Join("\n", (await gateway.Rooms.Metrics.ScrapeAsync(CancellationToken.None)).Split("\n").Where(l => l.StartsWith("bascule_http_requests_total{", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task What_is_left_at_the_deadline_is_counted_and_told_if_it_can_be()
    {
        using var backend = new RawBackend();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url));
        var unanswered = await gateway.SendAsync(Ask.Plain("/ws"));
        using var first = await backend.AcceptAsync();
        await first.ReadHeadAsync();
        var halfAnswered = await gateway.SendAsync(Ask.Plain("/ws"));
        using var second = await backend.AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        await halfAnswered.PeekAsync("hel");
        await using var stop = new Stop(gateway);

        gateway.Time.Advance(Pause);
        await Eventually.HoldsAsync(() => gateway.Rooms.State.Stopping);
        // Not a moment longer: a second later Kestrel cuts those who were not told yet.
        gateway.Time.Advance(Deadline - Pause);

        Assert.Equal(503, (await unanswered.ReadAnswerAsync()).Status);
        await halfAnswered.ReadToEndAsync();
        await stop.DisposeAsync();
        Assert.Equal(2, await stop.Task);
    }

    [Fact]
    public async Task A_connection_that_is_kept_for_the_next_request_is_hung_up_not_reset()
    {
        await using var backend = await EchoBackend.StartAsync();
        await using var gateway = await TestGateway.StartAsync(Configured.For(backend.Url));
        var client = await gateway.SendAsync(Ask.Plain("/ws"));
        Assert.Equal(200, (await client.ReadAnswerAsync()).Status);

        await Eventually.HoldsAsync(() => gateway.Rooms.Requests.Count + gateway.Rooms.Journal.OpenCount == 0);

        var stop = new Stop(gateway);
        // Not a moment longer: Kestrel cuts what it has not hung up a second later.
        gateway.Time.Advance(Pause);
        Assert.True(await client.ReadToEndAsync());

        await stop.DisposeAsync();
        Assert.Equal(0, await stop.Task);
    }
}
