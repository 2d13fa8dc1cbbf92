using System.CommandLine;
using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule pools</c>: nodes and their state, weight and slots. To empty a node: <c>bascule drain</c>.</summary>
public static class PoolsCommand
{
    private const string NodeShape = "{ name, url, state: up | failing | ejected | trying | draining, why, since, slotsInUse, slotLimit, usedElsewhere, utilization, weight }";

    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "pools", "Pools of a running gateway: the state of their nodes, weight and slots. To empty a node: bascule drain.", "bascule pools list", "bascule pools weight kb 10.0.0.1:8001 10")
    {
        List(surroundings),
        Change(surroundings, "weight", "0 to 1000; a node of weight 0 gets no new connections.", "bascule pools weight kb 10.0.0.1:8001 10"),
        Change(surroundings, "slots", "Connections that the node takes at most, 1 to 1000000. Open ones stay.", "bascule pools slots kb 10.0.0.1:8001 500 --why \"less memory\""),
    };

    private static ExampleCommand List(Surroundings surroundings)
    {
        var name = new Argument<string?>("pool") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne };
        var json = new JsonOption($"{{ pools: [{{ name, balance, slotsInUse, slotLimit, waiting, queueLength, imbalance, nodes: [{NodeShape}] }}] }}, or the one pool");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("list", "All pools, or one, with the state of their nodes.", "bascule pools list", "bascule pools list kb --json") { name, json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var one = parse.GetValue(name);
            var answer = await client.GetAsync(one is null ? "/api/pools" : "/api/pools/" + AdminClient.Segment(one), interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                Write(surroundings.Output, one is null ? answer.Read<PoolsDocument>().Pools : [answer.Read<PoolDocument>()]);
            return ExitCodes.Good;
        }));
        return command;
    }

    /// <summary>The nodes; a person sees the sum of each pool as well.</summary>
    internal static void Write(Output output, IReadOnlyList<PoolDocument> pools)
    {
        if (output.IsTerminal)
            foreach (var pool in pools)
                output.Line($"pool {pool.Name}: {pool.SlotsInUse} of {pool.SlotLimit} slots, {pool.Waiting} waiting (room for {pool.QueueLength}), {pool.Balance}, imbalance {pool.Imbalance}");
        output.Rows(
            ["pool", "node", "state", "slots", "limit", "elsewhere", "weight", "since", "why"],
            [.. pools.SelectMany(p => p.Nodes.Select(n => (string[])[p.Name, .. Cells(n)]))]);
    }

    private static string[] Cells(NodeDocument node) =>
    [
        node.Name, node.State, Readable.Number(node.SlotsInUse), Readable.Number(node.SlotLimit), Readable.Number(node.UsedElsewhere), Readable.Number(node.Weight),
        node.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), node.Why ?? "",
    ];

    private static ExampleCommand Change(Surroundings surroundings, string what, string meaning, string example)
    {
        var pool = new Argument<string>("pool") { Description = "The pool." };
        var node = new Argument<string>("node") { Description = "The node, host:port." };
        var value = new Argument<int>(what) { Description = meaning };
        var why = OrderOptions.Why();
        var json = new JsonOption(NodeShape);
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(what, $"Change the {what} of a node, until the configuration changes.", example) { pool, node, value, why, json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var path = $"/api/pools/{AdminClient.Segment(parse.GetRequiredValue(pool))}/nodes/{AdminClient.Segment(parse.GetRequiredValue(node))}";
            var answer = await client.AskAsync(HttpMethod.Patch, path, [(what, parse.GetValue(value).ToString(CultureInfo.InvariantCulture)), ("why", parse.GetValue(why))], interruption);
            var changed = answer.Read<NodeDocument>();
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                surroundings.Output.Line($"node {changed.Name}: weight {changed.Weight}, slots {changed.SlotLimit}");
            return ExitCodes.Good;
        }));
        return command;
    }
}
