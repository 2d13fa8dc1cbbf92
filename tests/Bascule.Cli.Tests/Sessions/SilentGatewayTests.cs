using System.Net;
using System.Net.Sockets;
using Bascule.Testing;

namespace Bascule.Cli.Tests;

/// <summary>A gateway that takes connections and never answers. The command waits its ten seconds: so this is a class of its own, beside which others run.</summary>
public sealed class SilentGatewayTests
{
    [Fact]
    public async Task A_deletion_that_is_not_answered_in_time_may_be_done()
    {
        // The system takes the connection; nobody reads from it.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("session", "delete", TermScripts.Id, "--url", $"http://{listener.LocalEndpoint}", "--token", "t").Soon();

        Assert.Equal(
            (69, $"{listener.LocalEndpoint} did not answer within 10 s. What was ordered may be done all the same. To see it: bascule session show {TermScripts.Id}\n"),
            (ran.Code, ran.Error));
    }
}
