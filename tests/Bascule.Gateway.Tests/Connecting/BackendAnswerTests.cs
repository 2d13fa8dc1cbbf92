namespace Bascule.Gateway.Tests;

/// <summary>What a client gets of the fields that a back end sends with its 101.</summary>
public sealed class BackendAnswerTests : GatewayTest
{
    public static TheoryData<Listener> Listeners => [Listener.Sockets, Listener.Kestrel];

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Cookies_and_other_end_to_end_fields_reach_the_client_and_those_of_the_hop_do_not(Listener listener)
    {
        await StartAsync();
        var ask = new Ask("/ws");
        var client = await Gateway.SendAsync(listener == Listener.Kestrel ? ask.ForKestrel() : ask);
        var backend = await Backend.AcceptAsync();
        Gateway.Keep(backend);
        var request = await backend.ReadHeadAsync();
        await backend.SendAsync(RawBackend.Agreement(request)
            .Replace("Connection: Upgrade", "Connection: Upgrade, X-Hop", StringComparison.Ordinal)
            .Replace(
                "Upgrade: websocket\r\n",
                "Upgrade: websocket\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nX-Game: seven\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\nX-Bascule-Attempt: forged\r\n",
                StringComparison.Ordinal));

        var answer = await client.ReadAnswerAsync();

        Assert.Equal((101, "seven", null, null, null), (answer.Status, answer.Field("X-Game"), answer.Field("X-Hop"), answer.Field("Keep-Alive"), answer.Field("Content-Length")));
        Assert.Equal(["a=1; Path=/", "b=2"], answer.Head.All("Set-Cookie"));
        Assert.Equal(32, Assert.Single(answer.Head.All("X-Bascule-Attempt")).Length);
        Assert.Equal([Ask.AcceptOfKey], answer.Head.All("Sec-WebSocket-Accept"));
    }
}
