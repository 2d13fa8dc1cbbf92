using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>The gateway as what stands between: <c>bascule conform --through</c> before <c>bascule serve</c>, with the defaults of both.</summary>
public sealed class ThroughTests
{
    [Fact]
    public async Task No_case_fails_on_the_gateway_itself()
    {
        // The gateway is told where its back end is before that listens.
        var listen = $"http://{OwnAddress.Next()}";
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "ours": { "nodes": ["{{listen}}"] } },
            "routes": [{ "name": "through", "path": "/*", "auth": "none", "pool": "ours" }]
            """);

        var conform = await BasculeCommand.RunAsync("conform", "--through", gateway.WebSocketUrl, "--backend", listen, "--json");

        Assert.True(conform.ExitCode is 0 or 1, conform.Output);
        var report = JsonNode.Parse(conform.Standard)!;
        var bad = report["cases"]!.AsArray().Where(c => (string?)c!["outcome"] is not ("passed" or "lenient")).Select(c => $"{c!["id"]}: {c["seen"]} Expected: {c["expected"]}");
        Assert.True(!bad.Any(), string.Join(Environment.NewLine, bad));
        Assert.Equal(0, conform.ExitCode);
        Assert.True(report["passed"]!.GetValue<int>() > 100, conform.Output);
    }
}
