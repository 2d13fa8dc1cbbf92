using System.Security.Cryptography.X509Certificates;
using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>wss: good, distrusted, and spoken to a server that has no TLS.</summary>
public sealed class TlsTests : DialTest
{
    private readonly X509Certificate2 _certificate = TestCertificate.Create();

    [Theory]
    [InlineData(24)]
    [InlineData(16_000)]
    [InlineData(1 << 20)]
    public async Task An_echo_comes_back_over_tls(int size)
    {
        await using var server = BrokenServer.Start(Behaviour.Echo, _certificate);
        await using var echo = EchoClient.On(await OpenAsync(server));

        for (var i = 0; i < 3; i++)
            await echo.RoundTripAsync(size);
        await echo.Socket.CloseAsync(1000, CancellationToken.None);

        Assert.Null((await echo.Ended.Soon()).Failure);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_a_failure()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo, _certificate);

        var failure = await FailureAsync(server.Url);

        Assert.Equal("tls", failure.Class);
        Assert.Contains("certificate", failure.Seen, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_server_without_tls_is_a_failure()
    {
        using var plain = new PlainTalker("HTTP/1.1 400 Bad Request\r\n\r\n");

        Assert.Equal("tls", (await FailureAsync(plain.Url)).Class);
    }

    [Fact]
    public async Task A_connection_that_ends_inside_tls_is_a_failure()
    {
        using var plain = new PlainTalker("");

        var failure = await FailureAsync(plain.Url);

        Assert.Contains(failure.Class, new[] { "tls", "tcp.reset" });
    }

    [Fact]
    public async Task A_reset_and_a_close_over_tls_have_their_classes()
    {
        await using var reset = BrokenServer.Start(Behaviour.ResetWhenOpen, _certificate);
        await using var closed = BrokenServer.Start(Behaviour.CloseInternalError, _certificate);

        await using var first = EchoClient.On(await OpenAsync(reset));
        await using var second = EchoClient.On(await OpenAsync(closed));

        Assert.Equal("close.none", (await first.Ended.Soon()).Failure!.Class);
        Assert.Equal("close.1011", (await second.Ended.Soon()).Failure!.Class);
    }

    [Fact]
    public async Task The_parts_of_a_handshake_are_timed()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo, _certificate);
        using var dialer = new Dialer(TimeProvider.System);

        var outcome = await dialer.DialAsync(Order(server.Url) with { AnyCertificate = true }, CancellationToken.None).Soon();
        await outcome.Socket!.DisposeAsync();

        Assert.True(outcome.Times is { Tcp.Ticks: > 0, Tls.Ticks: > 0, Upgrade.Ticks: > 0 }, $"{outcome.Times}");
    }
}
