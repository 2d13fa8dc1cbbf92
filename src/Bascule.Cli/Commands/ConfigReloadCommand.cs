using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule config reload</c>: a running gateway reads its configuration again.</summary>
internal static class ConfigReloadCommand
{
    internal static Command Create(Surroundings surroundings)
    {
        var why = OrderOptions.Why();
        var json = new JsonOption("{ applied, generation, at, by, changes: [{ path, before, after, applies: atOnce | newConnections | restart }], faults: [as in check] }");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("reload", "Let a running gateway read its configuration again: all of it becomes valid, or nothing. Exit code 1 with all faults when it goes on with the old one.",
            "bascule config reload", "bascule config reload --why \"new pool\" --json") { why, json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var query = parse.GetValue(why) is { Length: > 0 } text ? $"?why={Uri.EscapeDataString(text)}" : "";
            var answer = await client.SendAsync(HttpMethod.Post, "/api/config:reload" + query, "application/json", interruption);
            // Faults are answered with 422, and are what was asked for all the same.
            if (answer is not { Status: 422, MediaType: "application/json" })
                answer = answer.Good();
            var result = answer.Read<ReloadResult>();
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                Write(surroundings.Output, result);
            return result.Applied ? ExitCodes.Good : ExitCodes.FoundFault;
        }));
        return command;
    }

    private static void Write(Output output, ReloadResult result)
    {
        if (!result.Applied)
        {
            FaultReport.Write(output, result.Faults);
            output.ErrorLine($"The old configuration goes on: generation {result.Generation}.");
            return;
        }

        if (result.Changes.Count > 0)
            ChangeReport.Write(output, result.Changes);
        output.Line(result.Changes.Count == 0 ? $"no setting differs; generation {result.Generation} goes on" : $"generation {result.Generation} holds");
    }
}
