namespace Bascule.System.Tests;

/// <summary>A drain leaves a shard unusable, so that it has a gateway of its own.</summary>
public sealed class ShardDrainTests
{
    [Fact]
    public async Task Draining_a_shard_moves_its_clients_to_the_other_one()
    {
        using var folder = new TestFolder();
        await using var gateway = await ShardedGateway.StartAsync(
            shards: 2, slots: 20, rest: ShardedGateway.OpenRoute + """, "drain": { "comeBackWithin": "0s" }""", listeners: await TlsShardStage.ListenersAsync(folder));
        var addresses = new[] { gateway.WebSocketUrl, "wss" + gateway.PublicUrls[1]["https".Length..] };
        var clients = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => HubSocket.ConnectAsync(addresses[i % 2] + "/feed")));
        await Task.WhenAll(clients.Select(client => gateway.ConnectionAsync(client.Attempt)));
        var leaving = (await gateway.AdminAsync("/api/connections?node=shard:1"))["connections"]!.AsArray().Select(c => (string)c!["attempt"]!).ToHashSet();
        Assert.Equal(6, leaving.Count);

        await gateway.OrderAsync("/api/pools/hub/nodes/shard:1:drain?perSecond=1000");

        foreach (var client in clients.Where(client => leaving.Contains(client.Attempt)))
        {
            var (goodbye, code) = await client.ReceiveGoodbyeAsync();
            Assert.Equal(("draining", 4600), ((string?)goodbye["label"], code));
            using var back = await HubSocket.ConnectAsync(addresses[0] + "/feed");
            Assert.Equal("shard:2", (string?)(await gateway.ConnectionAsync(back.Attempt))["node"]);
        }

        foreach (var client in clients)
            client.Dispose();
        await gateway.NoSlotStaysInUseAsync();
    }
}
