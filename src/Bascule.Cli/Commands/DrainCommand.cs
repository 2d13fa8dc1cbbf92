using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule drain</c>: empty a node, a pool, a route or a gateway, and take that back.</summary>
public static class DrainCommand
{
    private const string Pool = "pool";
    private const string Node = "node";
    private const string Route = "route";

    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "drain", "Empty a node, a pool, a route or the gateway, at a pace; nobody is cut.", "bascule drain node kb 10.0.0.1:8001 --why \"new kernel\"", "bascule drain undo node kb 10.0.0.1:8001")
    {
        Order(surroundings, "node", "Take a node out of use and move its connections to the other nodes, as far as these have room.", "/api/pools/{0}/nodes/{1}:drain", [Pool, Node],
            "bascule drain node kb 10.0.0.1:8001 --why \"new kernel\"", "bascule drain node kb 10.0.0.1:8001 --per-second 10 --no-wait"),
        Order(surroundings, "pool", "Take all nodes of a pool out of use and ask its connections to leave.", "/api/pools/{0}:drain", [Pool],
            "bascule drain pool kb --dry-run"),
        Order(surroundings, "route", "Ask all connections of a route to come back.", "/api/routes/{0}:drain", [Route],
            "bascule drain route game --per-second 100"),
        Order(surroundings, "gateway", "Take this gateway out of readiness and ask its connections to go to another one.", "/api/node:drain", [],
            "bascule drain gateway --why \"the machine goes\""),
        List(surroundings),
        Cancel(surroundings),
        new ExampleCommand("undo", "Give connections again to what was drained.", "bascule drain undo node kb 10.0.0.1:8001")
        {
            Undo(surroundings, "node", "Give a node connections again.", "/api/pools/{0}/nodes/{1}:undrain", [Pool, Node], "bascule drain undo node kb 10.0.0.1:8001"),
            Undo(surroundings, "pool", "Give all nodes of a pool connections again.", "/api/pools/{0}:undrain", [Pool], "bascule drain undo pool kb"),
            Undo(surroundings, "gateway", "Make this gateway ready again.", "/api/node:undrain", [], "bascule drain undo gateway"),
        },
    };

    private static ExampleCommand Order(Surroundings surroundings, string what, string description, string path, string[] names, params string[] examples)
    {
        var arguments = Arguments(names);
        var order = new OrderOptions(surroundings);
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(what, description, examples);
        foreach (var argument in arguments)
            command.Arguments.Add(argument);
        order.AddTo(command);
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, client => order.OrderAsync(client, parse, PathOf(parse, path, arguments), [], interruption)));
        return command;
    }

    private static ExampleCommand Undo(Surroundings surroundings, string what, string description, string path, string[] names, string example)
    {
        var arguments = Arguments(names);
        var why = OrderOptions.Why();
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(what, description, example) { why };
        foreach (var argument in arguments)
            command.Arguments.Add(argument);
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.AskAsync(HttpMethod.Post, PathOf(parse, path, arguments), [("why", parse.GetValue(why))], interruption);
            if (names.Length == 0)
                surroundings.Output.Line(answer.Text.TrimEnd());
            else
                PoolsCommand.Write(surroundings.Output, answer.Read<PoolsDocument>().Pools);
            return ExitCodes.Good;
        }));
        return command;
    }

    private static ExampleCommand List(Surroundings surroundings)
    {
        var json = new JsonOption("{ drains: [as `drain` of an order] }");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("list", "Orders that run, and the last ones that ran, the newest first.", "bascule drain list", "bascule drain list --json") { json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.GetAsync("/api/drains", interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                surroundings.Output.Rows(["id", "what", "progress", "by", "why"], [.. answer.Read<DrainsDocument>().Drains.Select(d => (string[])[d.Id, d.What, DrainWatch.Text(d), d.By, d.Why ?? ""])]);
            return ExitCodes.Good;
        }));
        return command;
    }

    private static ExampleCommand Cancel(Surroundings surroundings)
    {
        var id = new Argument<string>("id") { Description = "The number that `bascule drain list` shows." };
        var why = OrderOptions.Why();
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("cancel", "End an order where it is. A drained node stays out of use until it is undone.", "bascule drain cancel 3") { id, why };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.AskAsync(HttpMethod.Post, $"/api/drains/{AdminClient.Segment(parse.GetRequiredValue(id))}:cancel", [("why", parse.GetValue(why))], interruption);
            var drain = answer.Read<DrainProgress>();
            // It ends with its next step, so that its state may still be the old one.
            surroundings.Output.Line($"order {drain.Id} ends: {drain.What}: told {drain.Told}, still open {drain.Remaining}");
            return ExitCodes.Good;
        }));
        return command;
    }

    private static Argument<string>[] Arguments(string[] names) =>
        [.. names.Select(name => new Argument<string>(name) { Description = name == Node ? "The node, host:port." : $"The {name}." })];

    private static string PathOf(ParseResult parse, string path, Argument<string>[] arguments) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, path, [.. arguments.Select(a => AdminClient.Segment(parse.GetRequiredValue(a)))]);
}
