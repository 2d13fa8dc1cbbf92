using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What our upgrade request says.</summary>
public sealed class RequestTests : DialTest
{
    [Fact]
    public async Task The_request_has_what_was_ordered()
    {
        await using var server = BrokenServer.Start(Behaviour.Missing404);
        var order = Order(new Uri(server.Url, "/ws/room%20one?id=7&x=%2F")) with
        {
            Token = "abc.def",
            Headers = [new("Origin", "https://app.test"), new("host", "other.test"), new("X-Trace", "1")],
            Subprotocols = ["chat", "json"],
        };

        await FailureAsync(order);

        var lines = (await server.RequestAsync().Soon()).Split("\r\n");
        Assert.Equal("GET /ws/room%20one?id=7&x=%2F HTTP/1.1", lines[0]);
        foreach (var line in new[]
        {
            "Host: other.test", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: chat, json",
            "Authorization: Bearer abc.def", "Origin: https://app.test", "X-Trace: 1", "User-Agent: bascule-load",
        })
            Assert.Single(lines, line);
        Assert.Single(lines, l => l.StartsWith("host:", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, l => l.StartsWith("Sec-WebSocket-Extensions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_host_names_the_port_unless_it_is_the_usual_one()
    {
        await using var server = BrokenServer.Start(Behaviour.Missing404);

        await FailureAsync(server.Url);

        Assert.Contains($"\r\nHost: {server.Address}\r\n", await server.RequestAsync().Soon(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upgrade", "h2c", "Upgrade belongs to the handshake itself")]
    [InlineData("sec-websocket-key", "x", "sec-websocket-key belongs to the handshake itself")]
    [InlineData("Sec-WebSocket-Extensions", "x", "belongs to the handshake itself")]
    [InlineData("Sec-WebSocket-Protocol", "chat", "is made of the subprotocols that are asked for")]
    [InlineData("Content-Length", "1", "belongs to the handshake itself")]
    [InlineData("X Key", "x", "\"X Key\" is no name of a header")]
    [InlineData("X-Key", "a\r\nb", "the value of X-Key has a character that no header may have")]
    public async Task A_header_that_may_not_be_there_is_refused(string name, string value, string words)
    {
        var order = Order(new Uri("ws://127.0.0.1:9/")) with { Headers = [new(name, value)] };

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Dialer.DialAsync(order, CancellationToken.None).AsTask());

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Contains(words, UpgradeFields.FaultOf(name, value), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_or_a_subprotocol_cannot_begin_another_line()
    {
        var order = Order(new Uri("ws://127.0.0.1:9/"));

        await Assert.ThrowsAsync<ArgumentException>(() => Dialer.DialAsync(order with { Token = "a\r\nX: b" }, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => Dialer.DialAsync(order with { Subprotocols = ["a b"] }, CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task A_subprotocol_that_was_offered_is_taken()
    {
        await using var server = BrokenServer.Start(Behaviour.UnofferedSubprotocol);

        await OpenAsync(Order(server.Url) with { Subprotocols = ["json", "chat"] });
    }
}
