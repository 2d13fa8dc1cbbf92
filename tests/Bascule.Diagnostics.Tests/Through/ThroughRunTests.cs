using System.Net;
using System.Net.Sockets;

namespace Bascule.Diagnostics.Tests;

/// <summary>What is said of something that stands between.</summary>
public sealed class ThroughRunTests(ITestOutputHelper output)
{
    private static readonly PeerClock Clock = new(TimeProvider.System, PeerClock.DefaultStepLimit);

    [Fact]
    public async Task What_passes_every_byte_fails_no_case()
    {
        var report = await RunAsync((_, piece) => [piece], ThroughCases.All.Select(c => c.Id));

        foreach (var r in report.Results)
            output.WriteLine($"{r.Outcome,-10} {r.Duration.TotalMilliseconds,6:0} ms {r.Case.Id}: {r.Seen}");
        output.WriteLine($"{report.Duration}");
        Assert.Equal([], report.Results.Where(r => r.Outcome is not (Outcome.Passed or Outcome.Lenient)).Select(r => $"{r.Outcome} {r.Case.Id}: {r.Seen}"));
        Assert.Equal(ThroughCases.All.Count, report.Results.Count);
    }

    private static async Task<ConformReport> RunAsync(Carriage carriage, params IEnumerable<string> cases)
    {
        var listen = FreePort();
        await using var forwarder = new Forwarder(() => listen, carriage);
        var run = new ThroughRun(new ConformTarget(forwarder.Url, [], AnyCertificate: false), listen, Clock);
        return await run.RunAsync(cases.ToHashSet(StringComparer.Ordinal), null, TestContext.Current.CancellationToken);
    }

    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
