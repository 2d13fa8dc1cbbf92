using System.Text.Json;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule drain</c>, <c>pools</c> and <c>queue</c>, before a gateway that runs.</summary>
public sealed class DrainCommandTests
{
    [Fact]
    public async Task A_drained_node_is_empty_and_out_of_use_until_that_is_undone()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();
        await gateway.ConnectAsync();
        var node = gateway.Nodes[0];

        var drained = await gateway.RunAsync("drain", "node", "kb", node, "--why", "new kernel");
        var listed = await gateway.RunAsync("drain", "list");
        var pools = await gateway.RunAsync("pools", "list", "kb");
        var undone = await gateway.RunAsync("drain", "undo", "node", "kb", node);

        Assert.Equal((ExitCodes.Good, ""), (drained.Code, drained.Error));
        Assert.StartsWith($"order 1: node {node} of pool kb: 1 connection, 50 a second\n", drained.Standard);
        Assert.EndsWith("done: told 1\n", drained.Standard);
        Assert.Equal($"id=1 what=\"node {node} of pool kb\" progress=\"done: told 1\" by=admin why=\"new kernel\"\n", listed.Standard);
        Assert.Contains($"pool=kb node={node} state=draining slots=0 ", pools.Standard);
        Assert.Contains($"pool=kb node={node} state=up ", undone.Standard);
    }

    [Theory]
    [InlineData("pool", "kb", "pool kb")]
    [InlineData("route", "game", "route game")]
    public async Task Pools_and_routes_are_drained_by_name(string kind, string name, string what)
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();

        var dry = await gateway.RunAsync("drain", kind, name, "--dry-run");
        var drained = await gateway.RunAsync("drain", kind, name);

        Assert.Equal($"would tell 1 connection: {what}\n", dry.Standard);
        Assert.EndsWith("done: told 1\n", drained.Standard);
        Assert.Equal(0, gateway.Rooms.Connections.Count);
    }

    [Fact]
    public async Task A_drained_gateway_is_not_ready_until_that_is_undone()
    {
        await using var gateway = await RunningGateway.StartAsync();

        var drained = await gateway.RunAsync("drain", "gateway");
        var wasReady = gateway.Rooms.State.Ready;
        var undone = await gateway.RunAsync("drain", "undo", "gateway");

        Assert.EndsWith("done: told 0\n", drained.Standard);
        Assert.Equal((false, true, "ready\n"), (wasReady, gateway.Rooms.State.Ready, undone.Standard));
    }

    [Fact]
    public async Task An_order_need_not_be_followed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.ConnectAsync();

        var ran = await gateway.RunAsync("drain", "pool", "kb", "--no-wait", "--json");

        using var document = JsonDocument.Parse(ran.Standard);
        Assert.Equal("1", document.RootElement.GetProperty("drain").GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("No such pool (404): There is no pool `none`; there are: kb.\n", "pools", "list", "none")]
    [InlineData("No such pool (404): There is no pool `none`; there are: kb.\n", "drain", "pool", "none")]
    [InlineData("No such route (404): There is no route `none`; there are: ws-test, game.\n", "drain", "route", "none")]
    [InlineData("No such drain (404): No drain has the id `9`; GET /api/drains lists them.\n", "drain", "cancel", "9")]
    [InlineData("Bad parameter (400): `weight` is `1001`; write a whole number from 0 to 1000.\n", "pools", "weight", "kb", "NODE", "1001")]
    public async Task What_the_gateway_refuses_is_one_sentence(string sentence, params string[] args)
    {
        await using var gateway = await RunningGateway.StartAsync();

        var ran = await gateway.RunAsync([.. args.Select(a => a == "NODE" ? gateway.Nodes[0] : a)]);

        Assert.Equal((ExitCodes.FoundFault, "", sentence), (ran.Code, ran.Standard, ran.Error));
    }

    [Fact]
    public async Task Weight_and_slots_are_changed()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var node = gateway.Nodes[1];

        var weight = await gateway.RunAsync("pools", "weight", "kb", node, "7");
        var slots = await gateway.RunAsync("pools", "slots", "kb", node, "12", "--json");

        Assert.Equal((ExitCodes.Good, true), (weight.Code, weight.Standard.StartsWith($"node {node}: weight 7, slots ", StringComparison.Ordinal)));
        using var document = JsonDocument.Parse(slots.Standard);
        Assert.Equal((7, 12), (document.RootElement.GetProperty("weight").GetInt32(), document.RootElement.GetProperty("slotLimit").GetInt32()));
    }

    [Fact]
    public async Task A_person_sees_the_sum_of_each_pool_and_a_table_that_fits()
    {
        await using var gateway = await RunningGateway.StartAsync(isTerminal: true);
        await gateway.RunAsync("drain", "pool", "kb");

        var (pools, drains) = (await gateway.RunAsync("pools", "list"), await gateway.RunAsync("drain", "list"));

        Assert.StartsWith("pool kb: 0 of ", pools.Standard);
        Assert.Matches("id +what +progress +by +why", drains.Standard);
    }

    [Fact]
    public async Task Who_waits_for_a_slot_stands_in_the_queue()
    {
        await using var gateway = await RunningGateway.StartAsync();
        foreach (var node in gateway.Nodes)
            await gateway.RunAsync("pools", "slots", "kb", node, "1");
        await gateway.ConnectAsync();
        await gateway.ConnectAsync();

        using var waiter = gateway.Ask();
        await RunningGateway.UntilAsync(() => gateway.Rooms.Pools.All.Sum(p => p.Waiting) == 1);
        var ran = await gateway.RunAsync("queue");

        Assert.Matches("^pool=kb position=1 attempt=[0-9a-f]{32} waited=", ran.Standard);
    }
}
