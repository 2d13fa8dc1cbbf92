using System.CommandLine;
using Bascule.Gateway;
using Bascule.Settings;

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
        var token = new Option<string>("--token") { Description = "The token of the user, or `-` to read it from standard input.", Required = true, HelpName = "TOKEN" };
        var route = new Option<string?>("--route") { Description = "The ticket opens only this route.", HelpName = "ROUTE" };
        var url = new Option<string?>("--url") { Description = "The gateway, as clients reach it. Without it: the first of listen.public.", HelpName = "URL" };
        var json = new JsonOption("{ ticket, expiresAt, route }");
        var config = new ConfigOptions(surroundings);
        var command = new ExampleCommand(
            "create",
            "Change a token for a ticket: `?ticket=…`, or the subprotocol `ticket.…`. Prints the ticket and nothing else.",
            "bascule token issue --subject alice | bascule ticket create --token -",
            "bascule ticket create --token \"$TOKEN\" --route game --url https://gateway.example") { token, route, url, json };
        config.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            var text = parse.GetRequiredValue(token);
            if (text == "-")
                text = await surroundings.Input.ReadToEndAsync(interruption);
            var (option, address) = ("--url", parse.GetValue(url));
            if (address is null)
            {
                var result = config.Load(parse);
                if (!result.IsGood)
                    return FaultReport.Write(surroundings.Output, result.Faults);
                (option, address) = ("listen.public.0.url", PublicUrl(result.Loaded.Settings));
            }

            return await AdminOptions.AskPublicAsync(surroundings.Output, option, address, text.Trim(), async client =>
            {
                var answer = await client.AskAsync(HttpMethod.Post, TokenEndpoints.TicketPath, [("route", parse.GetValue(route))], interruption);
                if (parse.GetValue(json))
                    surroundings.Output.Json(answer.Document);
                else
                    surroundings.Output.Line(answer.Read<TicketDocument>().Ticket);
                return ExitCodes.Good;
            });
        });
        return command;
    }

    /// <summary>An address that means all of this machine is reached at its loopback.</summary>
    private static string PublicUrl(BasculeSettings settings) =>
        settings.Listen.Public[0].Url.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);
}
