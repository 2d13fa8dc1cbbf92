using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>Handshakes that take too long, or that nobody waits for any more: the class says how far they got.</summary>
public sealed class LimitTests : DialTest
{
    [Fact]
    public async Task A_port_that_swallows_the_connection_is_a_tcp_timeout()
    {
        using var port = DeadPort.Full();

        var dialing = DialAsync(port.Url);
        Time.Advance(Limit);

        var failure = (await dialing).Failure!;
        Assert.Equal("tcp.timeout", failure.Class);
        Assert.Contains("no TCP connection within 10 s", failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_server_is_a_connect_timeout()
    {
        await using var server = BrokenServer.Start(Behaviour.Silent);

        var dialing = DialAsync(server.Url);
        await server.RequestAsync().Soon();
        Time.Advance(Limit);

        var failure = (await dialing).Failure!;
        Assert.Equal("connect.timeout", failure.Class);
        Assert.Equal("the request was sent, no byte of an answer had come when the limit of 10 s had passed", failure.Seen);
    }

    [Fact]
    public async Task A_server_that_is_silent_inside_tls_is_a_connect_timeout()
    {
        await using var server = BrokenServer.Start(Behaviour.Silent);

        var dialing = DialAsync(new Uri($"wss://{server.Address}/"));
        await server.RequestAsync().Soon();
        Time.Advance(Limit);

        var failure = (await dialing).Failure!;
        Assert.Equal("connect.timeout", failure.Class);
        Assert.StartsWith("TCP was connected, TLS was not done", failure.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_no_more_is_told_by_an_exception()
    {
        await using var server = BrokenServer.Start(Behaviour.Silent);
        using var over = new CancellationTokenSource();

        var dialing = Dialer.DialAsync(Order(server.Url), over.Token).AsTask();
        await server.RequestAsync().Soon();
        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialing.Soon());
    }

    [Fact]
    public async Task The_limit_is_over_once_the_socket_is_open()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        await using var echo = EchoClient.On(await OpenAsync(server));
        Time.Advance(Limit);

        await echo.RoundTripAsync(24);
        Assert.Equal(0, Time.ArmedTimers);
    }
}
