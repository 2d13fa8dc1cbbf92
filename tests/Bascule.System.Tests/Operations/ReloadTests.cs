using System.Net;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>The configuration changes under a running gateway.</summary>
[Collection(nameof(AloneTests))]
public sealed class ReloadTests
{
    private const int Connections = 1000;

    private const int Reloads = 1000;

    [Fact]
    public async Task A_thousand_reloads_cost_no_message_and_a_faulty_one_changes_nothing()
    {
        await using var echo = await BackendProcess.EchoAsync("mjs");
        await using var other = await BackendProcess.EchoAsync("py");
        var small = $$"""
            "reload": { "watch": false },
            "pools": { "echo": { "nodes": ["{{echo.Url}}"] } },
            "routes": [{ "name": "echo", "path": "/echo", "auth": "none", "pool": "echo" }]
            """;
        var large = $$"""
            "reload": { "watch": false },
            "limits": { "connectionsPerAddress": 5000, "messageBytes": 100000 },
            "heartbeat": { "interval": "20s" },
            "pools": {
              "echo": { "nodes": ["{{echo.Url}}", "{{other.Url}}"], "slotsPerNode": 7000, "balance": "roundRobin", "queue": { "length": 5 } },
              "more": { "nodes": ["{{other.Url}}"] }
            },
            "routes": [
              { "name": "echo", "path": "/echo", "auth": "none", "pool": "echo", "limits": { "messagesPerSecond": 100000 } },
              { "name": "more", "path": "/more", "auth": "none", "pool": "more" }
            ]
            """;
        await using var gateway = await GatewayProcess.StartAsync(small);
        var clients = await Crowd.ConnectAsync(gateway, "/echo", Enumerable.Repeat<string?>(null, Connections));
        await using var traffic = new Traffic(clients);

        var startedAt = Figures.Now;
        for (var i = 0; i < Reloads; i += 2)
        {
            await gateway.RewriteAsync(large);
            var (status, answer) = await gateway.OrderAsync("/api/config:reload");
            Assert.True(status == HttpStatusCode.OK, answer.ToString());
            await gateway.RewriteAsync(small);
            gateway.Process.Signal("HUP");
        }

        Figures.Tell($"{Reloads} reloads under {Connections} connections", startedAt);
        var (_, last) = await gateway.OrderAsync("/api/config:reload");
        // At least one for each order to the admin API; the system may join signals that come close together.
        Assert.InRange(last["generation"]!.GetValue<int>(), Reloads / 2, Reloads + 2);
        await traffic.ComesThroughAsync();

        await MustRefuseAsync(gateway, echo.Url);
        using (var late = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/echo"))
            await late.EchoAsync("the old configuration serves");
        await traffic.ComesThroughAsync();
        await traffic.StopAsync();
        Figures.Tell($"messages that came back in their order: {traffic.Rounds * Connections}");
        Assert.Equal(Connections, (await gateway.AdminAsync("/api/connections?limit=1"))["total"]!.GetValue<int>());
        await Crowd.CloseAsync(clients);
        await gateway.NoSlotStaysInUseAsync();
    }

    [Fact]
    public async Task A_changed_file_is_noticed_by_itself()
    {
        await using var echo = await BackendProcess.EchoAsync("py");
        await using var gateway = await GatewayProcess.StartAsync(Settings(echo.Url, "/before"));
        using var client = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/before");

        await gateway.RewriteAsync(Settings(echo.Url, "/after"));

        using var another = await Waiting.UntilAsync(
            async () => (await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/after")).Client, c => c is not null, gateway.Process.Report);
        Assert.Null((await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/before")).Client);
        await client.EchoAsync("on a route that is gone");

        static string Settings(string url, string path) => $$"""
            "pools": { "echo": { "nodes": ["{{url}}"] } },
            "routes": [{ "name": "echo", "path": "{{path}}", "auth": "none", "pool": "echo" }]
            """;
    }

    private static async Task MustRefuseAsync(GatewayProcess gateway, string url)
    {
        var before = (await gateway.AdminAsync("/api/config"))["generation"]!.GetValue<int>();
        await gateway.RewriteAsync($$"""
            "heartbeat": { "interval": "often" },
            "pools": { "echo": { "nodes": ["{{url}}"], "slotPerNode": 1 } },
            "routes": [{ "name": "echo", "path": "/echo", "auth": "none", "pool": "nobody" }]
            """);
        var (status, answer) = await gateway.OrderAsync("/api/config:reload");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.False(answer["applied"]!.GetValue<bool>());
        var faults = answer["faults"]!.AsArray().Select(f => f!.ToJsonString()).ToList();
        foreach (var wrong in new[] { "heartbeat.interval", "slotPerNode", "nobody" })
            Assert.Contains(faults, fault => fault.Contains(wrong, StringComparison.Ordinal));
        JsonNode after = await gateway.AdminAsync("/api/config");
        Assert.Equal(before, after["generation"]!.GetValue<int>());
    }
}
