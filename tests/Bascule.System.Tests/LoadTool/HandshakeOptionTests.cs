using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>What the options of <c>bascule load</c> put into a handshake, as the server sees it.</summary>
public sealed class HandshakeOptionTests
{
    private static readonly string[] Short = ["-c", "2", "-d", "200ms"];

    [Fact]
    public async Task A_certificate_that_signed_itself_is_taken_only_with_insecure()
    {
        using var certificate = Testing.TestCertificate.Create();
        await using var server = BrokenServer.Start(Behaviour.Echo, certificate);

        var (strict, insecure) = (await LoadCall.RunAsync([$"{server.Url}", .. Short]), await LoadCall.RunAsync([$"{server.Url}", "--insecure", .. Short]));

        Assert.Equal((1, "tls"), (strict.ExitCode, (string?)strict.Failure["class"]));
        Assert.Equal((0, (2L, 2L, 0L, 0L)), (insecure.ExitCode, insecure.Connections));
        Assert.Equal(2, insecure.Target["tls"]!["count"]!.GetValue<int>());
    }

    [Fact]
    public async Task Fields_and_subprotocols_are_sent_and_the_values_are_not_in_the_report()
    {
        // Chooses the subprotocol chat, offered or not.
        await using var server = BrokenServer.Start(Behaviour.UnofferedSubprotocol);

        var run = await LoadCall.RunAsync([$"{server.Url}", "--subprotocol", "other", "--subprotocol", "chat", "--header", "X-Room: kitchen", "-H", "Origin: https://app.example", .. Short]);
        var without = await LoadCall.RunAsync([$"{server.Url}", .. Short]);

        var request = await server.RequestAsync();
        Assert.Contains("\r\nSec-WebSocket-Protocol: other, chat\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Room: kitchen\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nOrigin: https://app.example\r\n", request, StringComparison.Ordinal);
        Assert.Equal((0, (2L, 2L, 0L, 0L)), (run.ExitCode, run.Connections));
        Assert.DoesNotContain("kitchen", run.Report.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((1, "ws.handshake"), (without.ExitCode, (string?)without.Failure["class"]));
    }

    [Fact]
    public async Task Connections_come_from_the_addresses_that_were_given()
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var run = await LoadCall.RunAsync([$"{server.Url}", "--source-ip", "127.0.0.7", .. Short]);

        Assert.Equal((0, "127.0.0.7"), (run.ExitCode, server.LastPeer?.Address.ToString()));
    }
}
