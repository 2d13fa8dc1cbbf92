using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>The request for a WebSocket as the back end gets it.</summary>
public sealed class BackendRequestTests : GatewayTest
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    public static TheoryData<Listener> Listeners => [Listener.Sockets, Listener.Kestrel];

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task It_is_a_handshake_of_the_gateways_own(Listener listener)
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(By(listener, new Ask("/ws?a=%20b")));

        Assert.Equal("GET /ws?a=%20b HTTP/1.1", asked.StartLine);
        Assert.Equal(("Upgrade", "websocket", "13"), (asked.Field("Connection"), asked.Field("Upgrade"), asked.Field("Sec-WebSocket-Version")));
        Assert.NotEqual(Ask.Key, asked.Field("Sec-WebSocket-Key"));
        Assert.Equal("gateway.test", asked.Field("Host"));
        Assert.Equal((101, Ask.AcceptOfKey, "Upgrade", "websocket"),
            (answer.Status, answer.Field("Sec-WebSocket-Accept"), answer.Field("Connection"), answer.Field("Upgrade")));
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task The_verified_identity_is_in_it_and_no_copy_of_the_clients(Listener listener)
    {
        await StartAsync();

        var (asked, _) = await PassAsync(By(listener, new Ask("/guarded")).With(
            $"Authorization: Bearer {Tokens.Good(Gateway.Clock)}", "X-Bascule-User: root", "X_Bascule_User: root", "x-bascule_roles: root", "X-BASCULE-TIER: root", "X_Bascule-Issuer: root"));

        Assert.Equal(("alice", "player,admin", "gold", "issuer.test"),
            (asked.Field("X-Bascule-User"), asked.Field("X-Bascule-Roles"), asked.Field("X-Bascule-Tier"), asked.Field("X-Bascule-Issuer")));
        Assert.DoesNotContain("root", asked.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Fields_of_the_clients_hop_are_not_in_it(Listener listener)
    {
        await StartAsync();

        var (asked, _) = await PassAsync(By(listener, new Ask("/ws")).Set("Connection", "Upgrade, X-Mine").With(
            "X-Mine: 1", "Keep-Alive: timeout=5", "Proxy-Authorization: Basic dTpw", "TE: trailers", "X-Yours: 2", "Cookie: a=b", "Cookie: c=d", $"Origin: {Ask.OwnPage}"));

        foreach (var name in new[] { "Keep-Alive", "Proxy-Authorization", "TE" })
            Assert.Null(asked.Field(name));
        // Kestrel makes the Connection field of an upgrade `Upgrade` alone: what else it named is not known any more.
        if (listener == Listener.Sockets)
            Assert.Null(asked.Field("X-Mine"));
        Assert.Equal(("2", Ask.OwnPage), (asked.Field("X-Yours"), asked.Field("Origin")));
        Assert.Equal(["a=b", "c=d"], asked.All("Cookie"));
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task The_way_it_took_is_the_gateways_word_alone(Listener listener)
    {
        await StartAsync();

        var (asked, _) = await PassAsync(By(listener, new Ask("/ws")).With(
            "X-Forwarded-For: 10.9.9.9", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test", "Forwarded: for=10.9.9.9", "X-Real-IP: 10.9.9.9", "X-Forwarded-Port: 1"));

        Assert.Equal(("127.0.0.1", "http", "gateway.test"), (asked.Field("X-Forwarded-For"), asked.Field("X-Forwarded-Proto"), asked.Field("X-Forwarded-Host")));
        Assert.Equal("for=127.0.0.1;host=\"gateway.test\";proto=http", asked.Field("Forwarded"));
        Assert.Equal("1.1 bascule", asked.Field("Via"));
        Assert.DoesNotContain("10.9.9.9", asked.ToString(), StringComparison.Ordinal);
        Assert.Null(asked.Field("X-Forwarded-Port"));
    }

    [Fact]
    public async Task Proxies_before_it_stay_named_in_Via()
    {
        await StartAsync();

        var (asked, _) = await PassAsync(new Ask("/ws").With("Via: 1.0 fred", "Via: 1.1 p.example.net"));

        Assert.Equal("1.0 fred, 1.1 p.example.net, 1.1 bascule", asked.Field("Via"));
    }

    [Fact]
    public async Task A_trace_goes_on_with_a_span_of_the_gateway()
    {
        await StartAsync();

        var (asked, _) = await PassAsync(new Ask("/ws").With($"traceparent: 00-{Trace}-00f067aa0ba902b7-01", "tracestate: vendor=1"));

        var parts = asked.Field("traceparent")!.Split('-');
        Assert.Equal(("00", Trace, "01"), (parts[0], parts[1], parts[3]));
        Assert.True(parts[2].Length == 16 && parts[2] != "00f067aa0ba902b7");
        Assert.Equal("vendor=1", asked.Field("tracestate"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public async Task Without_a_valid_one_a_new_trace_begins(string? given)
    {
        await StartAsync();

        var (asked, _) = await PassAsync(given is null ? new Ask("/ws") : new Ask("/ws").With($"traceparent: {given}"));

        Assert.Matches("^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$", asked.Field("traceparent")!);
    }

    [Theory]
    [InlineData("/api", "/api/things", "/things")]
    [InlineData("/api", "/api", "/")]
    [InlineData("/api/", "/api/things", "/things")]
    [InlineData("/api", "/apis/things", "/apis/things")]
    public async Task A_prefix_is_cut_off_at_the_end_of_a_segment(string prefix, string path, string expected)
    {
        await StartAsync(Settings.WithRoutes(Configured.Route("all", "/*") with { StripPrefix = prefix }));

        var (asked, _) = await PassAsync(new Ask(path + "?q=1"));

        Assert.Equal(expected + "?q=1", asked.Target);
    }

    [Fact]
    public async Task Names_for_the_identity_come_from_the_configuration()
    {
        await StartAsync(Settings with { Auth = Settings.Auth with { Headers = new IdentityHeaderSettings { Subject = "X-Who", Roles = "", Tier = "" } } });

        var (asked, _) = await PassAsync(new Ask("/guarded").With($"Authorization: Bearer {Tokens.Good(Gateway.Clock)}", "X_Who: root", "X-Bascule-Roles: passes"));

        Assert.Equal(("alice", null, "passes"), (asked.Field("X-Who"), asked.Field("X_Who"), asked.Field("X-Bascule-Roles")));
    }

    [Fact]
    public async Task Extensions_and_subprotocols_pass_as_they_were_offered()
    {
        await StartAsync();

        var (asked, answer) = await PassAsync(new Ask("/ws").With("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", "Sec-WebSocket-Protocol: chat, game"), "game");

        Assert.Equal(("permessage-deflate; client_max_window_bits", "chat, game"), (asked.Field("Sec-WebSocket-Extensions"), asked.Field("Sec-WebSocket-Protocol")));
        Assert.Equal(("game", null), (answer.Field("Sec-WebSocket-Protocol"), answer.Field("Sec-WebSocket-Extensions")));
    }

    private static Ask By(Listener listener, Ask ask) => listener == Listener.Kestrel ? ask.ForKestrel() : ask;
}
