using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule ticket create</c>: a ticket for a page that cannot send its token.</summary>
public static class TicketCommand
{
    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "ticket", "Tickets: used once, soon over, instead of a token in a URL.", "bascule token issue --subject alice | bascule ticket create --token -")
    {
        Make(surroundings),
    };

    private static ExampleCommand Make(Surroundings surroundings)
    {
        var gateway = new PublicOptions(surroundings, needsToken: true);
        var route = new Option<string?>("--route") { Description = "The ticket opens only this route.", HelpName = "ROUTE" };
        var json = new JsonOption("{ ticket, expiresAt, route }");
        var command = new ExampleCommand(
            "create",
            "Change a token for a ticket: `?ticket=…`, or the subprotocol `ticket.…`. Prints the ticket and nothing else.",
            "bascule token issue --subject alice | bascule ticket create --token -",
            "bascule ticket create --token \"$TOKEN\" --route game --url https://gateway.example") { route, json };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(
            parse,
            async client =>
            {
                var answer = await client.AskAsync(HttpMethod.Post, TokenEndpoints.TicketPath, [("route", parse.GetValue(route))], interruption);
                if (parse.GetValue(json))
                    surroundings.Output.Json(answer.Document);
                else
                    surroundings.Output.Line(answer.Read<TicketDocument>().Ticket);
                return ExitCodes.Good;
            },
            interruption));
        return command;
    }
}
