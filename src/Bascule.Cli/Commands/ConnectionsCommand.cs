using System.CommandLine;
using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule connections</c>: who is connected; close or move them.</summary>
public static class ConnectionsCommand
{
    private const string Shape = "{ attempt, user, tier, route, pool, node, clientAddress, protocol, subprotocol, since, ageSeconds, idleSeconds, generation, messagesUp, messagesDown, bytesUp, bytesDown, "
        + "clientPingMilliseconds, backendPingMilliseconds, leaving }";

    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "connections", "Open connections of a running gateway: look, close, move.", "bascule connections list --route game", "bascule connections close --user alice --why \"asked for it\"")
    {
        List(surroundings),
        Show(surroundings),
        Order(surroundings, "close", "Close connections with 4608, at a pace. They may come back later; to keep a user out: bascule token revoke.",
            "bascule connections close --user alice --why \"left the company\"", "bascule connections close --address 192.0.2.7 --dry-run"),
        Order(surroundings, "move", "Ask clients to come back at once (4601, or 1001), at a pace and only as far as the other nodes have room. "
            + "The node stays in use; to empty it for good: bascule drain node.",
            "bascule connections move --node 10.0.0.1:8001 --per-second 20", "bascule connections move --all --dry-run"),
    };

    private static ExampleCommand List(Surroundings surroundings)
    {
        var which = new SelectorOptions();
        var limit = new Option<int>("--limit") { Description = "How many at most, 1 to 1000.", DefaultValueFactory = _ => 100, HelpName = "N" };
        var json = new JsonOption($"{{ total, matching, connections: [{Shape}] }}");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("list", "Open connections, the oldest first.", "bascule connections list", "bascule connections list --pool kb --limit 1000 --json") { limit, json };
        which.AddTo(command);
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.AskAsync(
                HttpMethod.Get, "/api/connections", [.. which.Query(parse), ("limit", parse.GetValue(limit).ToString(CultureInfo.InvariantCulture))], interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                Write(surroundings.Output, answer.Read<ConnectionsDocument>());
            return ExitCodes.Good;
        }));
        return command;
    }

    private static void Write(Output output, ConnectionsDocument found)
    {
        output.Rows(
            ["attempt", "user", "route", "node", "from", "protocol", "age", "idle", "up", "down", "leaving"],
            [.. found.Connections.Select(c => (string[])[
                c.Attempt, c.User ?? "", c.Route, c.Node ?? "", c.ClientAddress ?? "", c.Protocol, Readable.Span(c.AgeSeconds), Readable.Span(c.IdleSeconds),
                Readable.Number(c.MessagesUp), Readable.Number(c.MessagesDown), c.Leaving ? "yes" : ""])]);
        // For people alone: a script counts lines.
        if (output.IsTerminal || found.Matching > found.Connections.Count)
            output.ErrorLine($"{found.Connections.Count} of {found.Matching} that fit; {found.Total} open");
    }

    private static ExampleCommand Show(Surroundings surroundings)
    {
        var id = new Argument<string>("attempt") { Description = "The attempt id of an open connection. `bascule explain` knows those that ended, too." };
        var json = new JsonOption(Shape);
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("show", "One open connection.", "bascule connections show 4bf92f3577b34da6a3ce929d0e0e4736") { id, json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.GetAsync("/api/connections/" + AdminClient.Segment(parse.GetRequiredValue(id)), interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                foreach (var property in answer.Document.EnumerateObject())
                    surroundings.Output.Line($"{property.Name,-24} {property.Value}");
            return ExitCodes.Good;
        }));
        return command;
    }

    private static ExampleCommand Order(Surroundings surroundings, string verb, string description, params string[] examples)
    {
        var which = new SelectorOptions();
        var all = new Option<bool>("--all") { Description = "All connections of this gateway; needed when nothing else is named." };
        var order = new OrderOptions(surroundings);
        var admin = new AdminOptions(surroundings);
        var code = new Option<int?>("--code") { Description = "Close code for the clients: 4000 to 4999, 1000, 1001 or 1008. Without it: 4608." };
        var text = new Option<string?>("--text") { Description = "Reason text for the clients, at most 123 bytes." };
        var command = new ExampleCommand(verb, description, examples) { all };
        if (verb == "close")
        {
            command.Options.Add(code);
            command.Options.Add(text);
        }

        which.AddTo(command);
        order.AddTo(command);
        admin.AddTo(command);
        command.SetAction((parse, interruption) =>
        {
            if (which.IsEmpty(parse) == parse.GetValue(all))
            {
                (string, string?)[] meant =
                [
                    .. which.Query(parse), ("all", parse.GetValue(all) ? "true" : null),
                    ("code", parse.GetValue(code)?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("text", parse.GetValue(text)),
                ];
                return admin.AskAsync(parse, client => order.OrderAsync(client, parse, $"/api/connections:{verb}", meant, interruption));
            }

            surroundings.Output.ErrorLine($"bascule connections {verb}: name what is meant ({SelectorOptions.Names}), or --all, not both.");
            return Task.FromResult(ExitCodes.Usage);
        });
        return command;
    }
}
