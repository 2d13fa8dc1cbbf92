using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>Clients of topics are moved as those of back ends are: only as far as there is room.</summary>
public sealed class MovedClientsTests : GatewayTest
{
    [Fact]
    public async Task Clients_of_the_hub_are_not_moved_from_a_node_when_there_is_no_other()
    {
        await StartAsync(Settings with { Hub = new HubSettings(), Routes = [ShardBench.Feed] });
        var client = await Gateway.SendAsync(new Ask("/feed"));
        Assert.Equal(101, (await client.ReadAnswerAsync()).Status);
        await Eventually.HoldsAsync(() => Gateway.Rooms.Connections.Count == 1);

        await Gateway.OrderAsync("/api/connections:move?node=hub:1");

        await Eventually.HoldsAsync(() => Gateway.Rooms.Drains.All()[0].State == DrainState.WaitingForRoom);
        Assert.Equal((0, 1), (Gateway.Rooms.Drains.All()[0].Told, Gateway.Rooms.Connections.Count));
    }
}
