namespace Bascule.Relay.Tests;

/// <summary>Server-sent events arrive when they are sent.</summary>
public sealed class EventStreamTests
{
    private const int Guard = 30_000;

    [Theory(Timeout = Guard)]
    [InlineData("text/event-stream", "Transfer-Encoding: chunked\r\n", "d\r\ndata: first\n\n\r\n")]
    [InlineData("Text/Event-Stream; charset=utf-8", "", "data: first\n\n")]
    public async Task The_first_event_arrives_while_the_back_end_holds_the_answer(string type, string framing, string firstEvent)
    {
        var over = new TaskCompletionSource();
        await using var back = new RawBackend(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nCache-Control: max-age=60\r\n{framing}\r\n");
            await connection.SendAsync(firstEvent);
            await over.Task;
        });
        await using var front = await Front.StartAsync(back.Url);

        using var answer = await front.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal("data: first", await events.ReadLineAsync());
        Assert.Equal(["no-cache, no-transform"], answer.Headers.NonValidated["Cache-Control"]);
        Assert.Equal(["no"], answer.Headers.NonValidated["X-Accel-Buffering"]);
        over.SetResult();
    }

    [Theory(Timeout = Guard)]
    [InlineData("text/event-stream", false)]
    [InlineData("text/event-streams", true)]
    public async Task Only_a_slow_reader_of_events_is_spared(string type, bool hasRate)
    {
        await using var back = RawBackend.Answering($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: 0\r\n\r\n");
        await using var front = await Front.StartAsync(back.Url);

        await front.Client.GetStringAsync("/");

        Assert.Equal(hasRate, (await front.NextOutcomeAsync()).HasResponseDataRate);
    }

    [Fact(Timeout = Guard)]
    public async Task A_client_that_leaves_ends_the_stream_at_the_back_end()
    {
        var left = new TaskCompletionSource();
        await using var back = await LoopbackServer.StartAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.WriteAsync("data: 1\n\n"u8.ToArray());
            await left.Task;
        });
        await using var front = await Front.StartAsync(back.Url);
        using (var client = await front.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadThroughAsync("data: 1");
        }

        await left.Task;
        var outcome = await front.NextOutcomeAsync();
        Assert.Equal(("client_gave_up", 200, 9L), (outcome.Label, outcome.Result.Status, outcome.Result.ResponseBytes));
    }
}
