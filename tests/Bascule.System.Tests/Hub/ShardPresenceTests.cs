using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary>Who is on a topic, over two shards, one of which is killed.</summary>
public sealed class ShardPresenceTests
{
    private const string Room = "room.1";

    private const string Rest = TestToken.Auth + """
        , "routes": [{ "name": "feed", "path": "/feed", "auth": "required", "topics": ["room.*"] }]
        """;

    [Fact]
    public async Task Clients_of_two_shards_see_each_other_until_one_dies_with_its_shard()
    {
        await using var gateway = await ShardedGateway.StartAsync(shards: 2, slots: 10, """, "topics": { "room.*": { "presence": true } }""", Rest);
        using var ann = await EnterAsync(gateway, "ann");
        using var bob = await EnterAsync(gateway, "bob");
        var shard = await ShardOfAsync(gateway, bob);
        Assert.NotEqual(shard, await ShardOfAsync(gateway, ann));

        await AskAsync(ann);
        await SeesAsync(ann, 2);
        await AskAsync(bob);
        Assert.Equal(["ann", "bob"], Users(await SeesAsync(bob, 2)));

        Kill(await gateway.ShardsAsync(), shard);
        Assert.Equal(("leave", "bob"), Change(await SeesAsync(ann, 1)));
        await gateway.AllShardsUpAsync();
        using var again = await EnterAsync(gateway, "bob");
        Assert.Equal(shard, await ShardOfAsync(gateway, again));
        Assert.Equal(("join", "bob"), Change(await SeesAsync(ann, 2)));
        await AskAsync(again);

        Assert.Equal(["ann", "bob"], Users(await SeesAsync(again, 2)));
    }

    private static async Task<HubSocket> EnterAsync(GatewayProcess gateway, string user)
    {
        var client = await HubSocket.ConnectAsync(gateway.WebSocketUrl + "/feed", TestToken.Of(user));
        await client.SubscribeAsync(Room);
        return client;
    }

    private static async Task<string> ShardOfAsync(GatewayProcess gateway, HubSocket client) =>
        (string)(await gateway.ConnectionAsync(client.Attempt))["node"]!;

    private static Task AskAsync(HubSocket client) => client.SendAsync($$"""{"type":"presence","topic":"{{Room}}"}""");

    /// <summary>Reads on until so many are there: shards hear of each other a moment later.</summary>
    private static async Task<JsonNode> SeesAsync(HubSocket client, int count)
    {
        while (true)
        {
            var presence = await client.ReceiveAsync("presence");
            if ((int)presence["count"]! == count)
                return presence;
        }
    }

    private static IEnumerable<string> Users(JsonNode state) => state["users"]!.AsArray().Select(user => (string)user!).Order(StringComparer.Ordinal);

    private static (string?, string?) Change(JsonNode presence) => ((string?)presence["event"], (string?)presence["user"]);

    private static void Kill(JsonNode shards, string name)
    {
        using var process = Process.GetProcessById(ShardedGateway.ProcessOf(shards, name));
        process.Kill();
    }
}
