using System.Net;
using System.Net.Sockets;
using Bascule.Diagnostics;

namespace Bascule.System.Tests;

/// <summary>The gateway as what stands between: <c>bascule conform --through</c>.</summary>
public sealed class ThroughTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_case_fails_on_the_gateway_itself()
    {
        var listen = FreePort();
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "ours": { "nodes": ["http://{{listen}}"] } },
            "routes": [{ "name": "through", "path": "/*", "auth": "none", "pool": "ours" }]
            """);
        var target = new ConformTarget(new Uri(gateway.WebSocketUrl), [], AnyCertificate: false);
        var run = new ThroughRun(target, listen, new PeerClock(TimeProvider.System, PeerClock.DefaultStepLimit));

        var report = await run.RunAsync(
            ThroughCases.All.Select(c => c.Id).ToHashSet(StringComparer.Ordinal),
            result => output.WriteLine($"{result.Outcome} {result.Case.Id}: {result.Seen}"),
            TestContext.Current.CancellationToken);

        Assert.Equal([], report.Results.Where(r => r.Outcome is Outcome.Failed or Outcome.Broken).Select(r => $"{r.Case.Id}: {r.Seen}. Expected: {r.Expected}"));
        Assert.Equal(ThroughCases.All.Count, report.Results.Count);
        Assert.True(report.IsGood, gateway.Process.Report());
    }

    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
