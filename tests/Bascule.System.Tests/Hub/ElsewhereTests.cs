using System.Text.Json.Nodes;
using Bascule.Model;

namespace Bascule.System.Tests;

/// <summary>Clients of shards on other machines see the same as those of shards here.</summary>
public sealed class ElsewhereTests(FarStage stage) : IClassFixture<FarStage>
{
    [Fact]
    public async Task A_client_gets_its_messages_and_its_close_code_arrives_on_both_sides()
    {
        using var client = await stage.ConnectAsync("ann");
        await client.SubscribeAsync("news");
        await stage.PublishAsync("""{"a":1}""");
        Assert.Equal("""{"a":1}""", (await client.ReceiveAsync("message"))["data"]!.ToJsonString());
        var far = await stage.ServerOfAsync(client.Attempt);

        await client.CloseAsync(4321, "done");

        // The same attempt in both logs, and in both journals.
        await stage.Gateway.Process.LineAsync($"ConnectionEnded attempt={client.Attempt} .*reason=client_closed .*4321");
        await far.Process.LineAsync($"ConnectionEnded attempt={client.Attempt} .*reason=client_closed .*4321");
        Assert.True(AttemptId.TryParse(client.Attempt, out var attempt));
        Assert.Equal(("client_closed", new Uri(far.PublicUrls[0]).Authority), ReasonAndNode(await stage.Gateway.ExplainAsync(attempt)));
        Assert.Equal("client_closed", ReasonAndNode(await far.ExplainAsync(attempt)).Reason);
    }

    [Fact]
    public async Task They_are_filled_evenly_and_who_finds_no_slot_is_told_when_to_come_back()
    {
        await stage.Gateway.NoSlotStaysInUseAsync();
        var clients = await Crowd.ConnectAsync(stage.Gateway, "/feed?topic=news", Enumerable.Repeat<string?>(TestToken.Of("many"), 2 * FarStage.SlotsPerShard));
        var shards = await stage.Gateway.ShardsAsync();
        Assert.Equal([FarStage.SlotsPerShard, FarStage.SlotsPerShard], shards["shards"]!.AsArray().Select(shard => (int)shard!["connections"]!));
        Assert.All(shards["shards"]!.AsArray(), shard => Assert.Null(shard!["figures"]));

        var (_, refusal) = await RawClient.TryConnectAsync(stage.Gateway.WebSocketUrl + "/feed?topic=news", TestToken.Of("late"));

        Assert.StartsWith("HTTP/1.1 503 ", refusal, StringComparison.Ordinal);
        Assert.Contains("\"label\":\"queue_full\",\"code\":4503", refusal, StringComparison.Ordinal);
        await Task.WhenAll(stage.Far.Select(far => Waiting.UntilAsync(far.SlotsInUseAsync, used => used == FarStage.SlotsPerShard, far.Process.Report)));
        await stage.PublishAsync("to all");
        await Crowd.ForEachAsync(clients, async client => Assert.Equal("to all", await client.ReceiveTextAsync()), stage.Gateway.Process.Report);
        await Crowd.CloseAsync(clients);
        await stage.Gateway.NoSlotStaysInUseAsync();
    }

    [Fact]
    public async Task A_client_that_is_asked_to_move_is_told_so()
    {
        using var client = await stage.ConnectAsync("dan");
        await stage.Gateway.ConnectionAsync(client.Attempt);
        await stage.Gateway.OrderAsync($"/api/connections:move?attempt={client.Attempt}");
        var (goodbye, code) = await client.ReceiveGoodbyeAsync();
        Assert.Equal(("rebalancing", 4601), ((string?)goodbye["label"], code));
    }

    [Fact]
    public async Task Revoking_a_token_ends_its_connection_with_4603()
    {
        using var client = await stage.ConnectAsync("eve");
        await stage.Gateway.OrderAsync("/api/tokens:revoke?subject=eve");
        Assert.Null(await client.ReceiveAsync());
        Assert.Equal(4603, client.Close.Code);
    }

    [Fact]
    public async Task A_session_that_comes_back_ends_its_old_connection_wherever_that_is()
    {
        using var before = await stage.ConnectAsync("joe");
        using var after = await stage.ConnectAsync("joe", $"?resume={Uri.EscapeDataString(before.Resume)}");
        JsonNode? message;
        while ((message = await before.ReceiveAsync()) is not null)
            Assert.Equal("goodbye", (string?)message["type"]);
        Assert.Equal(4409, before.Close.Code);
        Assert.Contains(await stage.ServerOfAsync(after.Attempt), stage.Far);
    }

    [Fact]
    public async Task Nobody_comes_to_such_a_shard_by_himself()
    {
        var far = stage.Far[0];
        var (_, refusal) = await RawClient.TryConnectAsync(far.WebSocketUrl + "/feed?topic=news", TestToken.Of("eve"));
        Assert.StartsWith("HTTP/1.1 401 ", refusal, StringComparison.Ordinal);
        Assert.Contains("\"label\":\"token_missing\"", refusal, StringComparison.Ordinal);
    }

    internal static (string? Reason, string? Node) ReasonAndNode(JsonNode explanation) => ((string?)explanation["label"], (string?)explanation["evidence"]?["node"]);
}
