namespace Bascule.Gateway.Tests;

/// <summary>What becomes of connections when a node has more of them than its share.</summary>
public sealed class RebalancerTests : GatewayTest
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    private readonly RawBackend _empty = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _empty.Dispose();
    }

    [Fact]
    public async Task The_excess_of_the_fullest_node_is_moved_at_the_pace_of_the_pool()
    {
        await LopsidedAsync(connections: 6, perMinute: 12);

        Pass(Look + TimeSpan.FromSeconds(3));
        var first = Gateway.Rooms.Drains.All().Single();

        // Two in ten seconds, of an excess of three.
        Assert.Equal((2, "rebalancing", "rebalancing"), (first.Told, first.Reason, first.By));
        Assert.Equal(2, Gateway.Rooms.Connections.All().Count(c => c.Told));
    }

    [Fact]
    public async Task Nobody_is_moved_where_the_pool_does_not_ask_for_it()
    {
        await LopsidedAsync(connections: 6, perMinute: 0);

        Pass(Look + Look);

        Assert.Empty(Gateway.Rooms.Drains.All());
    }

    [Fact]
    public async Task A_difference_of_one_is_no_imbalance()
    {
        await LopsidedAsync(connections: 1, perMinute: 60);

        Pass(Look + Look);

        Assert.Empty(Gateway.Rooms.Drains.All());
    }

    /// <summary>All connections on one of two nodes, both in use.</summary>
    private async Task LopsidedAsync(int connections, int perMinute)
    {
        await StartAsync(Configured.For(Backend.Url, _empty.Url).WithPool(p => p with { RebalancePerMinute = perMinute }));
        var pool = Gateway.Rooms.Pools["pool"];
        var other = pool.Nodes.Single(n => n.Name == _empty.Name);
        pool.Drain(other, true);
        for (var i = 0; i < connections; i++)
            await Gateway.JoinAsync(Backend);
        pool.Drain(other, false);
    }

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(50))
            Gateway.Time.Advance(TimeSpan.FromMilliseconds(50));
    }
}
