using System.Text.Json;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Gateway.Tests;

/// <summary>WS /ws-test: connects from anywhere, says what the server saw, echoes.</summary>
public sealed class ProbeTests : GatewayTest
{
    [Theory]
    [InlineData(Listener.Sockets)]
    [InlineData(Listener.Kestrel)]
    public async Task It_says_what_the_server_saw_then_echoes_then_closes_as_it_is_told(Listener listener)
    {
        await StartAsync();
        var ask = new Ask("/ws-test?token=secret&x=1") { Host = "play.test" }.AsBrowser().With("X-Forwarded-Proto: https", "Sec-WebSocket-Protocol: bearer.secret");
        var client = await Gateway.SendAsync(listener == Listener.Kestrel ? ask.ForKestrel() : ask);
        var answer = await client.ReadAnswerAsync();

        var hello = JsonDocument.Parse((await client.ReadFrameAsync()).Text).RootElement;
        Assert.Equal(("hello", "http", "play.test", "HTTP/1.1"), (Text(hello, "type"), Text(hello, "scheme"), Text(hello, "host"), Text(hello, "protocol")));
        Assert.Equal((answer.Field("X-Bascule-Attempt"), "/ws-test?token=***&x=1"), (Text(hello, "attempt"), Text(hello, "path")));
        Assert.StartsWith("127.0.0.1:", Text(hello, "clientAddress"), StringComparison.Ordinal);
        Assert.Equal(("https", "***"), (Text(hello.GetProperty("headers"), "X-Forwarded-Proto"), Text(hello.GetProperty("headers"), "Sec-WebSocket-Protocol")));

        await client.SendTextAsync("hello there", masked: true);
        Assert.Equal("hello there", (await client.ReadFrameAsync()).Text);
        await client.SendFrameAsync(Opcode.Binary, new byte[70_000], masked: true);
        Assert.Equal(70_000, await ReadMessageAsync(client));
        await client.SendFrameAsync(Opcode.Ping, "are you there"u8.ToArray(), masked: true);
        var pong = await client.ReadFrameAsync();
        Assert.Equal((Opcode.Pong, "are you there"), (pong.Opcode, pong.Text));

        await client.SendCloseAsync(3001, "thanks", masked: true);
        var close = await client.ReadCloseAsync();
        Assert.Equal((3001, "thanks"), (close.CloseCode, close.CloseReason));
        client.Finish();
        var end = await Gateway.Log.EndOfAsync(answer.Field("X-Bascule-Attempt")!);
        Assert.Equal((EndReasons.ClientClosed.Label, "3001", "2"), (end.Field("Reason"), end.Field("Code"), end.Field("ToBackendMessages")));
        await Gateway.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_breaks_is_a_lost_client_and_no_fault_of_the_gateway(bool atOnce)
    {
        await StartAsync();
        var attempt = AttemptId.New().ToString();
        var client = await Gateway.SendAsync(new Ask($"/ws-test?bascule_attempt={attempt}"));
        if (!atOnce)
            await client.ReadAnswerAsync();

        client.Reset();

        var end = await Gateway.Log.EndOfAsync(attempt);
        Assert.Contains(end.Field("Reason"), new[] { EndReasons.ClientLost.Label, EndReasons.ClientGaveUp.Label });
        Assert.DoesNotContain(Gateway.Log.All, e => e.Event == "GatewayFault");
        await Gateway.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(Listener.Sockets)]
    [InlineData(Listener.Kestrel)]
    public async Task A_client_that_breaks_the_protocol_is_told_so(Listener listener)
    {
        await StartAsync();
        var (client, attempt) = await JoinAsync(listener);

        await client.SendTextAsync("not masked", masked: false);

        Assert.Equal(EndReasons.ClientProtocolError.Code, (await client.ReadCloseAsync()).CloseCode);
        client.Finish();
        Assert.Equal(EndReasons.ClientProtocolError.Label, (await Gateway.Log.EndOfAsync(attempt)).Field("Reason"));
    }

    [Theory]
    [InlineData(Listener.Sockets)]
    [InlineData(Listener.Kestrel)]
    public async Task It_lives_for_an_hour_at_most_and_says_so(Listener listener)
    {
        await StartAsync(Settings with { Heartbeat = Settings.Heartbeat with { Interval = TimeSpan.Zero, Stale = TimeSpan.Zero } });
        var (client, attempt) = await JoinAsync(listener);

        Gateway.Time.Advance(TimeSpan.FromHours(1));

        var close = await client.ReadCloseAsync();
        Assert.Equal((EndReasons.MaximumAge.Code, EndReasons.MaximumAge.Label), (close.CloseCode, close.CloseReason.Split(';')[0]));
        await client.SendCloseAsync(close.CloseCode, "", masked: true);
        client.Finish();
        Assert.Equal(EndReasons.MaximumAge.Label, (await Gateway.Log.EndOfAsync(attempt)).Field("Reason"));
    }

    private async Task<(Wire Client, string Attempt)> JoinAsync(Listener listener)
    {
        var client = await Gateway.SendAsync(listener == Listener.Kestrel ? new Ask("/ws-test").ForKestrel() : new Ask("/ws-test"));
        var answer = await client.ReadAnswerAsync();
        await client.ReadFrameAsync();
        await Eventually.HoldsAsync(() => Gateway.Rooms.Sweep.Count == 1);
        return (client, answer.Field("X-Bascule-Attempt")!);
    }

    private static async Task<int> ReadMessageAsync(Wire client)
    {
        var length = 0;
        while (true)
        {
            var frame = await client.ReadFrameAsync();
            length += frame.Payload.Length;
            if (frame.Final)
                return length;
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
