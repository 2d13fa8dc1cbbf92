using System.CommandLine;
using Bascule.Gateway;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary><c>bascule serve</c>: the gateway.</summary>
public static class ServeCommand
{
    private const string OtherPort = "PORT=8700 or --set listen.public.0.url=http://0.0.0.0:8700 for clients, --set listen.admin=http://127.0.0.1:8701 for operators";

    public static Command Create(Surroundings surroundings)
    {
        var config = new ConfigOptions(surroundings);
        var json = new Option<bool>("--log-json") { Description = "Log JSON lines instead of text." };
        var level = new Option<LogLevel>("--log-level") { Description = "Least level that is logged.", DefaultValueFactory = _ => LogLevel.Information };
        var command = new ExampleCommand(
            "serve",
            "Run the gateway until SIGTERM or Ctrl-C; then every client is told, and the process ends.",
            "bascule serve --config bascule.json",
            "PORT=8700 bascule serve --config bascule.json --log-json")
        { json, level };
        config.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            var result = config.Load(parse);
            if (!result.IsGood)
                return FaultReport.Write(surroundings.Output, result.Faults);
            // Sessions bring their own.
            if (result.Loaded.Settings is { Routes.Count: 0, Sessions: null })
                return ReportNoRoute(surroundings.Output, result.Loaded.Files);
            using var logs = ServingLog.Make(parse.GetValue(json), parse.GetValue(level));
            var log = logs.CreateLogger("Bascule.Cli");
            foreach (var notice in result.Loaded.Notices)
                log.ConfigurationNotice(notice);
            var settings = result.Loaded.Settings;
            var source = new ConfigSource(result.Loaded, result.Watched, () => config.Load(parse), surroundings.WorkingDirectory);
            log.Configured(settings.Routes.Count, settings.Pools.Count, result.Loaded.Files.Count == 0 ? "defaults" : string.Join(", ", result.Loaded.Files));
            return await new ServingRun(surroundings, settings, source, logs, OtherPort).RunAsync(
                (host, _) => log.Listening(string.Join(", ", host.PublicUrls), host.AdminUrl ?? "off"), interruption);
        });
        return command;
    }

    /// <summary>Before anything is opened or written: a gateway without a route would refuse everybody.</summary>
    private static int ReportNoRoute(Output output, IReadOnlyList<string> files)
    {
        output.ErrorLine(files.Count == 0
            ? "No route is configured: there is no bascule.json here, and --config names none."
            : $"No route is configured in {string.Join(", ", files)}.");
        output.ErrorLine("To see it work:  bascule demo");
        output.ErrorLine("To begin:        write routes and pools into bascule.json; samples/minimal.json is the least that serves someone");
        return ExitCodes.FoundFault;
    }
}
