using System.Text.Json.Nodes;
using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>Three shards of a hundred slots, full to the last one.</summary>
public sealed class ShardsTests
{
    private const int Shards = 3;
    private const int SlotsPerShard = 100;
    private const int Clients = Shards * SlotsPerShard;

    /// <summary>Descriptors that are none of the clients': a file that the gateway writes, the socket of a question of ours that is just closing.</summary>
    private const int OtherDescriptors = 8;

    [Fact]
    public async Task Three_hundred_clients_fill_three_shards_evenly_and_each_gets_every_message_once()
    {
        await using var gateway = await ShardedGateway.StartAsync(Shards, SlotsPerShard, """, "queue": { "length": 1, "wait": "5m" }""");
        // Once before counting: code is loaded and descriptors are opened at first use.
        using (var first = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/feed?topic=news"))
            await first.CloseAsync();
        await gateway.NoSlotStaysInUseAsync();
        var before = Descriptors(gateway);

        var clients = await Crowd.ConnectAsync(gateway, "/feed?topic=news", Enumerable.Repeat<string?>(null, Clients));
        MustBeEven(await gateway.ShardsAsync());
        await MustLookAsCaseCWantsAsync(gateway);
        await gateway.SubscribedAsync(Clients);
        // The clients' sockets are the shards' alone.
        Assert.InRange(Descriptors(gateway) - before, -OtherDescriptors, OtherDescriptors);

        await gateway.PublishAsync("news", "first");
        await gateway.PublishAsync("news", "second");
        await Crowd.ForEachAsync(clients, MustGetBothAsync, gateway.Process.Report);
        clients.Add(await SlotOfAnotherAsync(gateway, clients));

        await Crowd.CloseAsync(clients);
        await gateway.NoSlotStaysInUseAsync();
        await gateway.SubscribedAsync(0);
        Assert.InRange(Descriptors(gateway) - before, -OtherDescriptors, OtherDescriptors);
    }

    [Fact]
    public async Task Who_finds_no_slot_in_time_is_told_when_to_come_back()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 1, slots: 1, """, "queue": { "wait": "100ms" }""");
        using var first = await RawClient.ConnectAsync(gateway.WebSocketUrl + "/feed?topic=news");
        var (_, refusal) = await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/feed?topic=news");
        MustBeRefused(refusal, "queue_timeout");
    }

    private static async Task MustGetBothAsync(RawClient client)
    {
        Assert.Equal("first", await client.ReceiveTextAsync());
        Assert.Equal("second", await client.ReceiveTextAsync());
    }

    /// <summary>One waits, the next is refused at once, and the first one gets the place of a client that leaves.</summary>
    private static async Task<RawClient> SlotOfAnotherAsync(GatewayProcess gateway, List<RawClient> clients)
    {
        var waiting = RawClient.ConnectAsync(gateway.WebSocketUrl + "/feed?topic=news");
        await gateway.ShardsAsync(answer => (int)answer["waiting"]! == 1);
        var (_, refusal) = await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/feed?topic=news");
        MustBeRefused(refusal, "queue_full");
        var leaving = clients[0];
        clients.RemoveAt(0);
        await leaving.CloseAsync();
        leaving.Dispose();
        return await waiting;
    }

    private static void MustBeRefused(string refusal, string label)
    {
        Assert.StartsWith("HTTP/1.1 503 ", refusal, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", refusal, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\"label\":\"{label}\",\"code\":4503", refusal, StringComparison.Ordinal);
    }

    private static void MustBeEven(JsonNode shards)
    {
        Assert.Equal((Clients, Clients), ((int)shards["connections"]!, (int)shards["slots"]!));
        Assert.InRange((int)shards["imbalance"]!, 0, 1);
        Assert.All(shards["shards"]!.AsArray(), shard => Assert.Equal(SlotsPerShard, (int)shard!["connections"]!));
    }

    private static async Task MustLookAsCaseCWantsAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.ConnectionClose = true;
        var health = JsonNode.Parse(await http.GetStringAsync(new Uri($"{gateway.PublicUrls[0]}/health"), TestContext.Current.CancellationToken).Soon(gateway.Process.Report))!;
        Assert.Equal((Clients, Clients), ((int)health["checks"]!["capacity"]!["current"]!, (int)health["checks"]!["capacity"]!["max"]!));
        var shards = health["shards"]!.AsArray();
        Assert.Equal(Shards, shards.Count);
        for (var i = 0; i < Shards; i++)
            Assert.Equal($$"""{"id":{{i}},"connections":100,"slots":100,"available":0,"utilization":100}""", shards[i]!.ToJsonString());
    }

    private static int Descriptors(GatewayProcess gateway) => OpenDescriptors.Of(gateway.Process.Id);
}
