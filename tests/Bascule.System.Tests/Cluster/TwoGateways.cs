using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bascule.Model;
using Bascule.Storage.Tests;

namespace Bascule.System.Tests;

/// <summary>What two gateways that share a storage promise together, whatever the engine.</summary>
public abstract class TwoGateways<TEngine>(ClusterStage<TEngine> stage) : IClassFixture<ClusterStage<TEngine>>
    where TEngine : StoreEngine, new()
{
    private const int PerUser = ClusterStage<TEngine>.PerUser;

    private const int SharedSlots = ClusterStage<TEngine>.SharedSlots;

    [Fact]
    public async Task Two_hundred_attempts_at_once_get_exactly_the_ten_places_of_their_user()
    {
        var token = TestToken.Of("many");

        var (open, refused) = await Crowd.TryAsync(200, token, "/echo", stage.First, stage.Second);

        Assert.True(open.Count == PerUser, $"{open.Count} are open.\n{stage.First.Process.Report()}\n{stage.Second.Process.Report()}");
        Assert.All(refused, answer => Assert.Contains(EndReasons.TooManyConnections.Label, answer, StringComparison.Ordinal));
        await Crowd.ForEachAsync(open, client => client.EchoAsync("I am in"), stage.First.Process.Report);
        await Crowd.CloseAsync(open);
        await CanTakeAllAsync(token, stage.Second);
    }

    [Fact]
    public async Task What_a_killed_gateway_held_is_free_again()
    {
        var token = TestToken.Of("orphan");
        // With more patience a gateway that was killed would be missed later.
        await using var third = await stage.StartGatewayAsync(patience: "5s");
        var (held, _) = await Crowd.TryAsync(PerUser, token, "/echo", third);
        Assert.Equal(PerUser, held.Count);
        var (none, refused) = await Crowd.TryAsync(2, token, "/echo", stage.First, stage.Second);
        Assert.Empty(none);
        Assert.Equal(2, refused.Count);

        var killedAt = Figures.Now;
        third.Process.Signal("KILL");

        await CanTakeAllAsync(token, stage.First);
        Figures.Tell("after kill -9 all leases were free", killedAt);
        held.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_revocation_ends_connections_on_the_other_gateway_and_keeps_their_token_out()
    {
        var (revoked, other) = (TestToken.Of("revoked"), TestToken.Of("other"));
        using var bystander = await RawClient.ConnectAsync(stage.Second.WebSocketUrl + "/echo", other);
        var (open, _) = await Crowd.TryAsync(PerUser, revoked, "/echo", stage.Second);
        var ends = open.Select(client => client.ReceiveCloseAsync()).ToList();

        var revokedAt = Figures.Now;
        await stage.First.OrderAsync("/api/tokens:revoke?subject=revoked");

        foreach (var end in await Task.WhenAll(ends))
            Assert.Equal(EndReasons.TokenRevoked.Code, end.Code);
        Figures.Tell("a revocation on one gateway ended all ten connections on the other", revokedAt);
        foreach (var gateway in new[] { stage.First, stage.Second })
        {
            var (client, refusal) = await RawClient.TryConnectAsync(gateway.WebSocketUrl + "/echo", revoked);
            Assert.Null(client);
            Assert.Contains(EndReasons.RevokedToken.Label, refusal, StringComparison.Ordinal);
        }

        await bystander.EchoAsync("still here");
        await bystander.CloseAsync();
    }

    [Fact]
    public async Task A_ticket_of_one_gateway_is_taken_by_the_other_and_by_nobody_again()
    {
        var ticket = await TicketAsync(stage.First, TestToken.Of("guest"));

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            RawClient.TryConnectAsync($"{(i % 4 == 0 ? stage.First : stage.Second).WebSocketUrl}/echo?ticket={ticket}")));

        var client = Assert.Single(results.Select(r => r.Client).OfType<RawClient>());
        Assert.All(results.Where(r => r.Client is null), r => Assert.Contains(EndReasons.TicketInvalid.Label, r.Refusal, StringComparison.Ordinal));
        await client.EchoAsync("with a ticket");
        await client.CloseAsync();
        client.Dispose();

        // Nobody competes for this one, so that it must be the other gateway that takes it.
        var second = await TicketAsync(stage.First, TestToken.Of("guest"));
        using var there = await RawClient.ConnectAsync($"{stage.Second.WebSocketUrl}/echo?ticket={second}");
        await there.CloseAsync();
    }

    [Fact]
    public async Task A_shared_pool_has_its_slots_once_over_both_gateways()
    {
        for (var round = 0; round < 3; round++)
        {
            // A place that just came free may not be known yet on the other side: that one is too careful, never too generous.
            var all = new List<RawClient>();
            await Waiting.UntilAsync(
                async () =>
                {
                    var (open, refused) = await Crowd.TryAsync(30, null, "/worlds", stage.First, stage.Second);
                    all.AddRange(open);
                    Assert.All(refused, answer => Assert.Contains(EndReasons.QueueFull.Label, answer, StringComparison.Ordinal));
                    Assert.InRange(all.Count, 0, SharedSlots);
                    return all.Count;
                },
                count => count == SharedSlots,
                stage.First.Process.Report);
            Assert.Equal(SharedSlots, await stage.First.SlotsInUseAsync() + await stage.Second.SlotsInUseAsync());
            await Crowd.CloseAsync(all);
            await stage.First.NoSlotStaysInUseAsync();
            await stage.Second.NoSlotStaysInUseAsync();
        }
    }

    private static async Task<string> TicketAsync(GatewayProcess gateway, string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, gateway.PublicUrls[0] + "/api/tickets");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request).Soon(gateway.Process.Report);
        return (string)JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!["ticket"]!;
    }

    /// <summary>Waits until the gateway lets the user have all places; they are given back then.</summary>
    private static async Task CanTakeAllAsync(string token, GatewayProcess gateway)
    {
        var all = new List<RawClient>();
        await Waiting.UntilAsync(
            async () =>
            {
                var (open, _) = await Crowd.TryAsync(PerUser + 1 - all.Count, token, "/echo", gateway);
                all.AddRange(open);
                Assert.InRange(all.Count, 0, PerUser);
                return all.Count;
            },
            count => count == PerUser,
            gateway.Process.Report);
        await Crowd.CloseAsync(all);
    }
}

[Collection(nameof(AloneTests))]
public sealed class TwoGatewaysOnRedisTests(ClusterStage<RedisEngine> stage) : TwoGateways<RedisEngine>(stage);

[Collection(nameof(AloneTests))]
public sealed class TwoGatewaysOnPostgresTests(ClusterStage<PostgresEngine> stage) : TwoGateways<PostgresEngine>(stage);
