using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule session list</c>.</summary>
internal static class SessionList
{
    private static readonly string[] Headings = ["id", "state", "profile", "owner", "age", "end", "command"];

    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var state = new Option<string?>("--state") { Description = "Only those that are starting, running or ended.", HelpName = "STATE" };
        state.AcceptOnlyFromAmong("starting", "running", "ended");
        var json = new JsonOption($"{{ sessions: [as `show --json`], profiles?: [{{ name, command: [word], tty, allow: [word] }}] }}, with `?` only with the token of a user");
        var gateway = new SessionOptions(surroundings, forOperators: true);
        var command = new ExampleCommand(
            "list",
            "Sessions, the newest first: your own with a token, else those of all users, by the admin listener.",
            "bascule session list --state running",
            "bascule session list --token \"$TOKEN\" --url https://gateway.example --json")
        { state, json };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(
            parse,
            async asked =>
            {
                var answer = await asked.Client.AskAsync(HttpMethod.Get, "/api/sessions", [("state", parse.GetValue(state))], interruption);
                if (parse.GetValue(json))
                    surroundings.Output.Json(answer.Document);
                else
                    surroundings.Output.Rows(Headings, [.. answer.Read<SessionsDocument>().Sessions.Select(Row)]);
                return ExitCodes.Good;
            },
            interruption));
        return command;
    }

    private static string[] Row(SessionDocument session) =>
    [
        session.Id, session.State, session.Profile, session.Owner ?? "",
        Readable.Span((TimeProvider.System.GetUtcNow() - session.CreatedAt).TotalSeconds), SessionTexts.End(session.End), SessionTexts.Command(session.Command),
    ];
}
