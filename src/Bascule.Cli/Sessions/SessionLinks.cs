using System.CommandLine;
using System.Net.Http.Json;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule session link</c>: lets others look.</summary>
internal static class SessionLinks
{
    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var id = SessionShow.Id();
        var minutes = new Option<int>("--minutes") { Description = "How long it is good, 1 to 1440.", DefaultValueFactory = _ => 60, HelpName = "N" };
        var json = new JsonOption("{ url, webSocket, role, expiresAt }");
        var gateway = new SessionOptions(surroundings, forOperators: false);
        var command = new ExampleCommand(
            "link",
            "Make a link with which others see a session, without a token, and type nothing.",
            "bascule session link 5d41402abc4b2a76b9719d911017c592 --minutes 30")
        { id, minutes, json };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(
            parse,
            async asked =>
            {
                using var body = JsonContent.Create(new { role = "read", minutes = parse.GetValue(minutes) });
                var answer = await asked.Client.PostAsync(SessionShow.PathOf(parse.GetRequiredValue(id), "/links"), body, [], interruption);
                if (parse.GetValue(json))
                    surroundings.Output.Json(answer.Document);
                else
                    surroundings.Output.Line(answer.Read<SessionLinkDocument>().Url);
                return ExitCodes.Good;
            },
            interruption));
        return command;
    }
}
