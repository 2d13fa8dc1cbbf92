using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>A shard whose process stands still: nobody new gets into it, nobody hangs on it, and it is taken in again when it goes on.</summary>
public sealed class FrozenShardTests
{
    private const int Newcomers = 6;

    [Fact]
    public async Task It_gets_no_clients_until_it_goes_on()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 2, slots: 10);
        var shards = await gateway.ShardsAsync();
        Signal("STOP", shards, "shard:1");

        await gateway.ShardsAsync(answer => Shard(answer, "shard:1") is ("failing", { } why) && why.Contains("it has said nothing for 5 s", StringComparison.Ordinal));
        Assert.Contains("shard:1: it has said nothing", await gateway.AdminTextAsync("/readyz"), StringComparison.Ordinal);
        var clients = await Task.WhenAll(Enumerable.Range(0, Newcomers).Select(_ => HubSocket.ConnectAsync(gateway.WebSocketUrl + "/feed")));
        var full = await gateway.ShardsAsync();
        Assert.Equal((0, Newcomers), (Connections(full, "shard:1"), Connections(full, "shard:2")));

        Signal("CONT", shards, "shard:1");
        var after = await gateway.AllShardsUpAsync();
        Assert.Equal([1, 1], after["shards"]!.AsArray().Select(shard => (int)shard!["starts"]!));
        Array.ForEach(clients, client => client.Dispose());
        await gateway.NoSlotStaysInUseAsync();
    }

    [Fact]
    public async Task A_client_that_waits_for_it_is_cut_and_explained_and_stays_so_when_it_goes_on()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 1, slots: 10);
        var shards = await gateway.ShardsAsync();
        Signal("STOP", shards, "shard:1");
        var attempt = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);

        // Before the gateway can know of it, the shard is to take one.
        await Assert.ThrowsAsync<WebSocketException>(() => HubSocket.ConnectAsync($"{gateway.WebSocketUrl}/feed?bascule_attempt={attempt}"));

        var refused = await gateway.Process.LineAsync($"AttemptRefused attempt={attempt}.*");
        Assert.Contains("reason=backend_silent", refused.Value, StringComparison.Ordinal);
        Signal("CONT", shards, "shard:1");
        var after = await gateway.ShardsAsync(answer => Shard(answer, "shard:1").State == "up" && (int?)answer["shards"]![0]!["figures"]?["subscriptions"] == 0);
        Assert.Equal(1, (int)after["shards"]![0]!["starts"]!);
        await gateway.NoSlotStaysInUseAsync();
        using var next = await HubSocket.ConnectAsync(gateway.WebSocketUrl + "/feed");
    }

    [Fact]
    public async Task A_client_behind_TLS_whose_token_is_revoked_does_not_wait_for_it()
    {
        using var folder = new TestFolder();
        await using var gateway = await ShardedGateway.StartAsync(
            shards: 1,
            slots: 10,
            rest: TestToken.Auth + """, "deadlines": { "close": "1s" }, "routes": [{ "name": "feed", "path": "/feed", "auth": "required", "topics": ["*"] }]""",
            listeners: await TlsShardStage.ListenersAsync(folder));
        var url = gateway.PublicUrls.Single(one => one.StartsWith("https:", StringComparison.Ordinal));
        using var client = await HubSocket.ConnectAsync($"wss{url["https".Length..]}/feed", TlsShardStage.Token("eve"));
        Signal("STOP", await gateway.ShardsAsync(), "shard:1");

        await gateway.OrderAsync("/api/tokens:revoke?subject=eve");

        Assert.Null(await client.ReceiveAsync());
        await gateway.Process.LineAsync($"ConnectionEnded attempt={client.Attempt} .*reason=token_revoked");
        await gateway.NoSlotStaysInUseAsync();
    }

    private static (string? State, string? Why) Shard(JsonNode shards, string name)
    {
        var shard = shards["shards"]!.AsArray().Single(shard => (string?)shard!["name"] == name)!;
        return ((string?)shard["state"], (string?)shard["why"]);
    }

    private static int Connections(JsonNode shards, string name) => (int)shards["shards"]!.AsArray().Single(shard => (string?)shard!["name"] == name)!["connections"]!;

    private static void Signal(string signal, JsonNode shards, string name)
    {
        using var kill = Process.Start("bash", ["-c", $"kill -s {signal} {ShardedGateway.ProcessOf(shards, name)}"]);
        kill.WaitForExit();
    }
}
