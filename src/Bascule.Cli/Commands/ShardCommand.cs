using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Bascule.Gateway;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary><c>bascule shard</c>: one hub process, started by a gateway.</summary>
public static class ShardCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var start = new Option<string>("--start") { Description = "The file that the gateway wrote for this shard.", Required = true, HelpName = "FILE" };
        var command = new ExampleCommand(
            "shard",
            $"One hub process. A gateway with hub.mode multi starts its shards itself; {ShardHost.TokenName} in the environment opens the line to it.",
            "BASCULE_SHARD_TOKEN=… bascule shard --start 1.json")
        { start };
        command.SetAction(async (parse, interruption) =>
        {
            if (surroundings.Environment.GetValueOrDefault(ShardHost.TokenName) is not { Length: > 0 } token)
            {
                surroundings.Output.ErrorLine($"{ShardHost.TokenName} is not set: shards are started by their gateway (hub.mode multi), not by hand.");
                return ExitCodes.Usage;
            }

            using var logs = ServingLog.Make(json: false, LogLevel.Information);
            SocketThreads.RunInline();
            try
            {
                await using var host = await ShardHost.StartAsync(parse.GetValue(start)!, token, logs, TimeProvider.System, interruption);
                // The gateway is the reason to be: without it the clients are told, and the process ends. Ctrl-C on a terminal and a service manager's SIGTERM reach both, and are the gateway's
                // to answer: it tells the clients at its pace, and then asks its shards to end.
                var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var onAsked = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal =>
                {
                    signal.Cancel = true;
                    asked.TrySetResult();
                });
                var gatewayGone = LifeLine.CutAsync(Console.OpenStandardInput());
                await Task.WhenAny(gatewayGone, asked.Task);
                await host.StopAsync(isOrphan: gatewayGone.IsCompleted);
                return ExitCodes.Good;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or JsonException or UnauthorizedAccessException)
            {
                surroundings.Output.ErrorLine($"The shard cannot begin: {e.Message}");
                return ExitCodes.Unreachable;
            }
        });
        return command;
    }
}
