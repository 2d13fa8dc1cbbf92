using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>The gateway as what stands between: <c>bascule conform --through</c> before <c>bascule serve</c>, with the defaults of both.</summary>
public sealed class ThroughTests
{
    [Fact]
    public async Task No_case_fails_on_the_gateway_itself()
    {
        var listen = $"http://{FreePort()}";
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "ours": { "nodes": ["{{listen}}"] } },
            "routes": [{ "name": "through", "path": "/*", "auth": "none", "pool": "ours" }]
            """);

        var conform = await BasculeCommand.RunAsync("conform", "--through", gateway.WebSocketUrl, "--backend", listen, "--json");

        var report = JsonNode.Parse(conform.Output)!;
        var bad = report["cases"]!.AsArray().Where(c => (string?)c!["outcome"] is not ("passed" or "lenient")).Select(c => $"{c!["id"]}: {c["seen"]} Expected: {c["expected"]}");
        Assert.Equal([], bad);
        Assert.Equal(0, conform.ExitCode);
        Assert.True(report["passed"]!.GetValue<int>() > 100, conform.Output);
    }

    /// <summary>A port that was free a moment ago: the gateway is told where its back end is before that listens.</summary>
    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
