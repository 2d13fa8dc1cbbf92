using System.CommandLine;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary><c>bascule doctor</c>: looks for what is wrong here.</summary>
public static class DoctorCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var environment = new Option<bool>("--environment") { Description = "Show variables (secrets masked), the working folder, programs with their versions, the system and its limits.", Required = true };
        var json = new JsonOption("{ at, variables: [{ name, value, isMasked }], folder: { path, entries: [{ path, kind, bytes }], isWhole, problem }, programs: [{ name, path, version, problem }], "
            + "missing: [name], system: { os, kernel, architecture, runtime, host, processors, memoryBytes, timeZone, user, processId, container }, limits: [{ name, soft, hard, unit }] }");
        var command = new ExampleCommand("doctor", "What this program finds around it: the first thing to compare when it works elsewhere and not here.", "bascule doctor --environment", "bascule doctor --environment --json")
        {
            environment, json,
        };
        command.SetAction(async (parse, interruption) =>
        {
            var report = await EnvironmentView.TakeAsync(surroundings.Environment, surroundings.WorkingDirectory, TimeProvider.System, interruption);
            if (parse.GetValue(json))
                surroundings.Output.Json(report);
            else
                EnvironmentText.Write(surroundings.Output, report);
            return ExitCodes.Good;
        });
        return command;
    }
}
