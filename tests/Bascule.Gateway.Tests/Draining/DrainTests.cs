using System.Text.Json;

namespace Bascule.Gateway.Tests;

/// <summary>Orders of operators that move clients away.</summary>
public sealed class DrainTests : GatewayTest
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private DrainProgress Last => Gateway.Rooms.Drains.All()[0];

    [Fact]
    public async Task No_second_sees_more_than_the_pace()
    {
        await StartAsync();
        for (var i = 0; i < 12; i++)
            await Gateway.JoinAsync(Backend);

        await Gateway.OrderAsync("/api/routes/open:drain?perSecond=4");
        var told = new List<int> { Last.Told };
        for (var i = 0; i < 100; i++)
        {
            Gateway.Time.Advance(Step);
            told.Add(Last.Told);
        }

        Assert.Equal(12, told[^1]);
        Assert.All(Enumerable.Range(0, told.Count - 20), i => Assert.InRange(told[i + 20] - told[i], 0, 4));
        Assert.Equal((DrainState.Leaving, 12), (Last.State, Last.Remaining));
    }

    [Fact]
    public async Task A_dry_run_says_how_many_and_does_nothing()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);

        foreach (var order in new[] { "pools/pool:drain", $"pools/pool/nodes/{Backend.Name}:drain", "routes/open:drain", "node:drain", "connections:close?all=true" })
        {
            var body = await Gateway.OrderAsync($"/api/{order}{(order.Contains('?') ? '&' : '?')}dryRun=true");
            Assert.Equal(1, JsonDocument.Parse(body).RootElement.GetProperty("matching").GetInt32());
        }

        Assert.Empty(Gateway.Rooms.Drains.All());
        Assert.True(Gateway.Rooms.State.Ready);
        await Gateway.JoinAsync(Backend);
    }

    [Theory]
    [InlineData("pools/pool:drain")]
    [InlineData("node:drain")]
    public async Task An_order_that_is_refused_has_no_effect(string order)
    {
        await StartAsync();

        var (answer, _) = await Gateway.SendAsync(HttpMethod.Post, Gateway.AdminUrl, $"/api/{order}?perSecond=0", $"Authorization: Bearer {TestGateway.AdminToken}");

        Assert.Equal((400, true), ((int)answer.StatusCode, Gateway.Rooms.State.Ready));
        await Gateway.JoinAsync(Backend);
    }

    [Fact]
    public async Task A_cancelled_drain_tells_nobody_more()
    {
        await StartAsync();
        for (var i = 0; i < 3; i++)
            await Gateway.JoinAsync(Backend);
        await Gateway.OrderAsync("/api/routes/open:drain?perSecond=1");

        await Gateway.OrderAsync("/api/drains/1:cancel?why=enough");
        Gateway.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal((DrainState.Cancelled, 1), (Last.State, Last.Told));
    }

    [Fact]
    public async Task A_client_moves_only_when_another_node_has_room_for_it()
    {
        using var other = new RawBackend();
        await StartAsync(Configured.For(Backend.Url, other.Url).WithPool(p => p with { SlotsPerNode = 1 }));
        await Gateway.OrderAsync($"/api/pools/pool/nodes/{other.Name}:drain");
        var (moving, _) = await Gateway.JoinAsync(Backend);
        await Gateway.OrderAsync($"/api/pools/pool/nodes/{other.Name}:undrain");
        var (staying, backend) = await Gateway.JoinAsync(other);

        await Gateway.OrderAsync($"/api/pools/pool/nodes/{Backend.Name}:drain");
        Gateway.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((DrainState.WaitingForRoom, 0), (Last.State, Last.Told));
        staying.Reset();
        backend.Dispose();
        await Eventually.HoldsAsync(() => Gateway.SlotsInUse == 1);
        Gateway.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((1001, "draining"), await CloseAsync(moving));
    }

    [Theory]
    [InlineData("pool=pool")]
    [InlineData("route=open")]
    [InlineData("all=true")]
    public async Task Who_leaves_no_node_needs_no_room_to_move(string selector)
    {
        await StartAsync(Settings.WithPool(p => p with { SlotsPerNode = 1 }));
        var (client, _) = await Gateway.JoinAsync(Backend);

        await Gateway.OrderAsync($"/api/connections:move?{selector}");

        Assert.Equal((1001, "rebalancing"), await CloseAsync(client));
    }

    [Fact]
    public async Task An_operator_may_close_with_a_code_and_words_of_his_own()
    {
        await StartAsync();
        var (client, _) = await Gateway.JoinAsync(Backend);

        await Gateway.OrderAsync("/api/connections:close?all=true&code=4711&text=maintenance+until+noon");

        Assert.Equal((4711, "maintenance until noon"), await CloseAsync(client));
    }

    [Fact]
    public async Task A_code_that_clients_cannot_take_is_refused()
    {
        await StartAsync();
        var (_, _) = await Gateway.JoinAsync(Backend);

        var (answer, body) = await Gateway.SendAsync(
            HttpMethod.Post, Gateway.AdminUrl, "/api/connections:close?all=true&code=1012", $"Authorization: Bearer {TestGateway.AdminToken}");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("`code` is 1012", body, StringComparison.Ordinal);
        Assert.False(Gateway.Rooms.Connections.All().Single().Told);
    }

    [Fact]
    public async Task Who_was_on_its_way_to_a_pool_when_its_drain_began_is_told_too()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);
        var late = await Gateway.SendAsync(new Ask("/ws"));
        var backend = Gateway.Keep(await Backend.AcceptAsync());
        var request = await backend.ReadHeadAsync();

        await Gateway.OrderAsync("/api/pools/pool:drain");
        await backend.SendAsync(RawBackend.Agreement(request));
        Assert.Equal(101, (await late.ReadAnswerAsync()).Status);
        await Eventually.HoldsAsync(() => Gateway.Rooms.Connections.Count == 2);
        Gateway.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((1001, "draining"), await CloseAsync(late));
    }

    [Fact]
    public async Task An_undrained_pool_takes_clients_again_and_its_drain_is_over()
    {
        await StartAsync();
        await Gateway.JoinAsync(Backend);
        await Gateway.OrderAsync("/api/pools/pool:drain");
        var refused = await Gateway.AnswerAsync(new Ask("/ws"));

        await Gateway.OrderAsync("/api/pools/pool:undrain");

        Assert.Equal((503, DrainState.Cancelled), (refused.Status, Last.State));
        await Gateway.JoinAsync(Backend);
    }

    private static async Task<(int Code, string Label)> CloseAsync(Wire client)
    {
        var close = await client.ReadCloseAsync();
        return (close.CloseCode, close.CloseReason.Split(';')[0]);
    }
}
