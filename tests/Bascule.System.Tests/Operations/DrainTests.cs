using System.Text.Json.Nodes;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>A node with 5,000 connections is emptied at a pace, and its clients find their place on the other one.</summary>
[Collection(nameof(AloneTests))]
public sealed class DrainTests
{
    private const int Connections = 5000;

    private const int PerSecond = 500;

    [Fact]
    public async Task Five_thousand_clients_move_to_the_other_node_at_five_hundred_a_second()
    {
        await using var first = await BackendProcess.EchoAsync("mjs");
        await using var second = await BackendProcess.EchoAsync("mjs");
        await using var gateway = await GatewayProcess.StartAsync($$"""
            "pools": { "kb": { "nodes": ["{{first.Url}}", "{{second.Url}}"], "slotsPerNode": 10000 } },
            "routes": [{ "name": "kb", "path": "/kb", "auth": "none", "pool": "kb", "refusal": "http" }],
            "drain": { "comeBackWithin": "0s" }
            """);
        var (a, b) = (new Uri(first.Url).Authority, new Uri(second.Url).Authority);
        await gateway.OrderAsync($"/api/pools/kb/nodes/{b}?weight=0", "PATCH");
        var clients = await Crowd.ConnectAsync(gateway, "/kb", Enumerable.Repeat<string?>(null, Connections));
        await gateway.OrderAsync($"/api/pools/kb/nodes/{b}?weight=1", "PATCH");
        Assert.Equal((Connections, 0), (await SlotsAsync(gateway, first), await SlotsAsync(gateway, second)));

        var moving = clients.Select(client => MoveAsync(client, gateway)).ToList();
        var startedAt = Figures.Now;
        var (_, order) = await gateway.OrderAsync($"/api/pools/kb/nodes/{a}:drain?perSecond={PerSecond}");
        var looks = await LookUntilDoneAsync(gateway, (string)order["drain"]!["id"]!);
        var moved = await Task.WhenAll(moving);
        Figures.Tell($"{Connections} connections were moved", startedAt);

        MustKeepThePace(looks);
        await MustHaveEndedInTimeAsync(gateway, DateTimeOffset.Parse((string)order["drain"]!["startedAt"]!));
        await Crowd.ForEachAsync(moved, client => client.EchoAsync("on the other node"), gateway.Process.Report);
        Assert.Equal((0, Connections), (await SlotsAsync(gateway, first), await SlotsAsync(gateway, second)));
        Assert.Equal("draining", (string?)(await gateway.NodeAsync("kb", first.Url))["state"]);
        await Crowd.CloseAsync(moved);
        await gateway.NoSlotStaysInUseAsync();
    }

    private static async Task<int> SlotsAsync(GatewayProcess gateway, BackendProcess node) => (await gateway.NodeAsync("kb", node.Url))["slotsInUse"]!.GetValue<int>();

    /// <summary>Is told to go, goes, and comes back at once; a refusal would fail it.</summary>
    private static async Task<RawClient> MoveAsync(RawClient client, GatewayProcess gateway)
    {
        using (client)
            Assert.Equal((1001, EndReasons.Draining.CloseText(client.Attempt)), await client.ReceiveCloseAsync());
        return await RawClient.ConnectAsync(gateway.WebSocketUrl + "/kb");
    }

    /// <summary>How many had been told at each look, with the moments before and after the question.</summary>
    private static async Task<List<(long Before, int Told, long After)>> LookUntilDoneAsync(GatewayProcess gateway, string drain)
    {
        List<(long, int, long)> looks = [];
        await Waiting.UntilAsync(
            async () =>
            {
                var before = Figures.Now;
                var progress = await gateway.AdminAsync($"/api/drains/{drain}");
                looks.Add((before, progress["told"]!.GetValue<int>(), Figures.Now));
                return (string)progress["state"]!;
            },
            state => state.Equals("done", StringComparison.OrdinalIgnoreCase),
            gateway.Process.Report);
        return looks;
    }

    /// <summary>Between any two looks at most a second apart no more than allowed were told. It holds however slow the machine is: the looks lie within the time that is counted.</summary>
    private static void MustKeepThePace(List<(long Before, int Told, long After)> looks)
    {
        var most = 0;
        for (var i = 0; i < looks.Count; i++)
        {
            for (var j = i + 1; j < looks.Count && TimeProvider.System.GetElapsedTime(looks[i].Before, looks[j].After) <= TimeSpan.FromSeconds(1); j++)
                most = Math.Max(most, looks[j].Told - looks[i].Told);
        }

        Figures.Tell($"most that were told within a second: {most}");
        Assert.InRange(most, 1, PerSecond);
        Assert.Equal(Connections, looks[^1].Told);
    }

    /// <summary>The gateway's own end times: by no moment had more ended than a pace of so many a second allows.</summary>
    private static async Task MustHaveEndedInTimeAsync(GatewayProcess gateway, DateTimeOffset startedAt)
    {
        var lines = await Waiting.UntilAsync(
            async () => (await gateway.AdminTextAsync("/api/audit?kind=connection_ended&limit=10000")).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            ended => ended.Length >= Connections,
            gateway.Process.Report);
        var ends = lines.Select(line => JsonNode.Parse(line)!).Select(e => DateTimeOffset.Parse((string)e["time"]!)).Order().ToList();
        Assert.Equal(Connections, ends.Count);
        var most = 0;
        for (int from = 0, to = 0; to < ends.Count; to++)
        {
            while (ends[to] - ends[from] >= TimeSpan.FromSeconds(1))
                from++;
            most = Math.Max(most, to - from + 1);
            // A twentieth of a second's worth may be told at once; the times are whole milliseconds.
            Assert.InRange(to + 1, 1, (((ends[to] - startedAt).TotalSeconds + 0.001) * PerSecond) + (PerSecond / 20));
        }

        Figures.Tell($"most that ended within a second, by the gateway's clock: {most}; from first to last {(ends[^1] - ends[0]).TotalSeconds:0.00} s");
    }
}
