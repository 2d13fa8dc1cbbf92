using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>Back ends that break or freeze lose their clients to the others, and get them back when they are well.</summary>
public sealed class BreakerTests
{
    private const int Clients = 10;

    /// <summary>A short ejection, and little patience with a connection that tries the node.</summary>
    private const string Breaker = """
        "breaker": { "failures": 3, "failurePercent": 40, "sample": 10, "earlyDeath": "1s", "ejection": "1s", "longestEjection": "2s" }
        """;

    [Fact]
    public async Task A_back_end_that_breaks_every_second_connection_is_ejected_and_comes_back_when_it_is_mended()
    {
        await using var good = await BackendProcess.EchoAsync("py");
        await using var flaky = await FlakyBackend.StartAsync();
        await using var gateway = await StartAsync(good.Url, flaky.Url);

        // 1. Clients come and go until the gateway has seen enough.
        var why = await DriveUntilAsync(gateway, flaky.Url, "ejected");
        Assert.Contains("connections failed", why, StringComparison.Ordinal);

        // 2. While it is ejected nobody meets it: all are served.
        var served = await Crowd.ConnectAsync(gateway, "/echo", Enumerable.Repeat<string?>(null, Clients));
        await Crowd.ForEachAsync(served, client => client.EchoAsync("served"), gateway.Process.Report);
        await Crowd.CloseAsync(served);

        // 3. Mended, it is tried, and gets its part again.
        flaky.Mend();
        await DriveUntilAsync(gateway, flaky.Url, "up");
    }

    [Fact]
    public async Task A_frozen_back_end_is_found_by_missed_pongs_ejected_and_taken_back_when_it_goes_on()
    {
        await using var good = await BackendProcess.EchoAsync("py");
        await using var frozen = await BackendProcess.EchoAsync("mjs");
        await using var gateway = await StartAsync(good.Url, frozen.Url);
        var clients = await Crowd.ConnectAsync(gateway, "/echo", Enumerable.Repeat<string?>(null, 2 * Clients));
        var nodes = await Task.WhenAll(clients.Select(async c => (string?)(await gateway.ConnectionAsync($"{c.Attempt}"))["node"]));
        var onFrozen = clients.Where((_, i) => nodes[i] == new Uri(frozen.Url).Authority).ToList();
        var onGood = clients.Except(onFrozen).ToList();
        Assert.Equal((Clients, Clients), (onFrozen.Count, onGood.Count));

        // They talk all the time: who is not read answers no ping, and would be given up.
        await using var traffic = new Traffic(onGood);
        var frozenAt = Figures.Now;
        frozen.Process.Signal("STOP");
        foreach (var (client, close) in onFrozen.Zip(await Task.WhenAll(onFrozen.Select(c => c.ReceiveCloseAsync()))))
            Assert.Equal((4504, EndReasons.BackendHeartbeatLost.CloseText(client.Attempt)), close);
        Figures.Tell("a frozen back end was found (heartbeat 1 s, timeout 2 s)", frozenAt);
        await Waiting.UntilAsync(() => StateAsync(gateway, frozen.Url), state => state == "ejected" || state == "trying", gateway.Process.Report);
        await traffic.ComesThroughAsync();

        frozen.Process.Signal("CONT");
        await DriveUntilAsync(gateway, frozen.Url, "up");
        await traffic.StopAsync();
        await Crowd.CloseAsync(onGood);
        onFrozen.ForEach(client => client.Dispose());
    }

    private static Task<GatewayProcess> StartAsync(string one, string other) => GatewayProcess.StartAsync($$"""
        "pools": { "two": { "nodes": ["{{one}}", "{{other}}"], "balance": "roundRobin", {{Breaker}} } },
        "routes": [{ "name": "echo", "path": "/echo", "auth": "none", "pool": "two", "refusal": "http" }],
        "heartbeat": { "interval": "1s", "timeout": "2s" }, "deadlines": { "upgrade": "1s" }
        """);

    private static async Task<string?> StateAsync(GatewayProcess gateway, string node) => (string?)(await gateway.NodeAsync("two", node))["state"];

    /// <summary>Clients come, talk and go until the node is in this state; what the gateway says of it.</summary>
    private static async Task<string> DriveUntilAsync(GatewayProcess gateway, string url, string state)
    {
        var seen = await Waiting.UntilAsync(
            async () =>
            {
                await ComeTalkAndGoAsync(gateway);
                return await gateway.NodeAsync("two", url);
            },
            node => (string?)node["state"] == state,
            gateway.Process.Report);
        return (string?)seen["why"] ?? "";
    }

    /// <summary>Whatever becomes of it: a back end may break it.</summary>
    private static async Task ComeTalkAndGoAsync(GatewayProcess gateway)
    {
        var (client, _) = await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/echo");
        if (client is null)
            return;
        using (client)
        {
            await client.SendTextAsync("hello");
            if (await client.ReceiveAsync() is { Opcode: Protocol.Opcode.Text })
                await client.CloseAsync();
        }
    }
}
