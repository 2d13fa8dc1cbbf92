using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bascule.Terminal;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>One agent, from its start to its exit code.</summary>
internal sealed class AgentRun(Surroundings surroundings, TimeProvider time)
{
    // As a shell says it: not found, and found but not to be run.
    private const int NotFoundCode = 127;
    private const int NotExecutableCode = 126;
    private const int SignalBase = 128;

    private const int FirstProcess = 1;

    // Kubernetes reads it when the container has ended, and shows it with the pod.
    private const string TerminationLog = "/dev/termination-log";

    private static readonly TimeSpan ReapPeriod = TimeSpan.FromSeconds(1);

    /// <param name="listening">Called with the address.</param>
    internal async Task<int> RunAsync(TerminalOrder order, int viewers, AgentDoor door, AgentPlace place, Action<Uri> listening, CancellationToken interruption)
    {
        using var logs = ServingLog.Make(json: false, LogLevel.Information);
        using var reactor = new PtyReactor(place.Host, logs.CreateLogger<PtyReactor>());
        var rules = new TableRules { Host = place.Host, KeepEnded = place.Linger, Recordings = place.Recordings, TakesOrders = false };
        await using var table = new TerminalTable(rules, reactor, logs, time);
        // PID 1 is the parent of all orphans of the container.
        await using var reaping = Environment.ProcessId == FirstProcess ? time.CreateTimer(_ => reactor.ReapOrphans(), null, ReapPeriod, ReapPeriod) : null;
        var entrance = door.Open(table, time);
        using var closing = entrance as IDisposable;

        // 1. The command first: what answers has a terminal.
        if (table.Start(order, viewers, out var ended) is { } refusal)
        {
            surroundings.Output.ErrorLine($"The command could not be started: {refusal.Detail}");
            LeaveWord(new JsonObject { ["cause"] = "start_failed", ["fault"] = refusal.Label, ["text"] = refusal.Detail });
            return refusal.Label switch { "command_not_found" => NotFoundCode, "not_executable" => NotExecutableCode, _ => ExitCodes.FoundFault };
        }

        TerminalServer server;
        try
        {
            server = await TerminalServer.StartAsync(place.Listen, table, entrance, logs, time, interruption);
        }
        catch (Exception e) when (e is IOException or SocketException or FormatException or InvalidOperationException)
        {
            surroundings.Output.ErrorLine($"The agent cannot listen on {place.Listen}: {e.Message}");
            return ExitCodes.Unreachable;
        }

        // 2. Until it is fetched, forgotten, or asked to end: then the terminal ends with it.
        await using (server)
        {
            listening(server.Url);
            await table.WhenForgottenAsync(order.Id).WaitAsync(interruption).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.StopAsync();
        }

        var exit = await ended!;
        LeaveWord(JsonSerializer.SerializeToNode(exit, JsonSerializerOptions.Web)!);
        return exit.Code ?? (exit.Signal is { } signal ? SignalBase + SignalNames.NumberOf(signal) : ExitCodes.FoundFault);
    }

    /// <summary>Only where there is such a file: in a container of Kubernetes.</summary>
    private void LeaveWord(JsonNode word)
    {
        try
        {
            if (File.Exists(TerminationLog))
                File.WriteAllText(TerminationLog, word.ToJsonString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            surroundings.Output.ErrorLine($"{TerminationLog} cannot be written: {e.Message}");
        }
    }
}

/// <summary>Where an agent is and what it keeps.</summary>
/// <param name="Linger">How long the result can be fetched after the end.</param>
internal sealed record AgentPlace(string Host, string Listen, TimeSpan Linger, string Recordings);
