using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary><c>bascule serve</c>: the gateway.</summary>
public static class ServeCommand
{
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
            using var logs = ServingLog.Make(parse.GetValue(json), parse.GetValue(level));
            var log = logs.CreateLogger("Bascule.Cli");
            foreach (var notice in result.Loaded.Notices)
                log.ConfigurationNotice(notice);
            var settings = result.Loaded.Settings;
            log.Configured(settings.Routes.Count, settings.Pools.Count, result.Loaded.Files.Count == 0 ? "defaults" : string.Join(", ", result.Loaded.Files));
            return await new ServingRun(surroundings, settings, logs, "PORT=8700, or --set listen.public.0.url=http://0.0.0.0:8700").RunAsync(
                (host, _) => log.Listening(string.Join(", ", host.PublicUrls), host.AdminUrl ?? "off"), interruption);
        });
        return command;
    }
}
