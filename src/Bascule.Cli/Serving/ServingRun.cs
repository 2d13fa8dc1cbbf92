using System.Net.Sockets;
using Bascule.Gateway;
using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>Runs a gateway until the process is asked to end: what <c>serve</c> and <c>demo</c> share.</summary>
/// <param name="portRemedy">What to do when a port is taken, as the rest of a sentence.</param>
internal sealed class ServingRun(Surroundings surroundings, BasculeSettings settings, ILoggerFactory logs, string portRemedy)
{
    /// <param name="opened">Called when all listeners are open.</param>
    /// <returns>0 when every client was told; 1 when some had to be cut at the deadline; 69 when a listener could not be opened.</returns>
    internal async Task<int> RunAsync(Action<GatewayHost, string> opened, CancellationToken interruption)
    {
        SocketThreads.RunInline();
        var token = AdminToken.LoadOrMake(settings);
        GatewayHost host;
        try
        {
            host = await GatewayHost.StartAsync(settings, token, logs, TimeProvider.System, interruption);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            surroundings.Output.ErrorLine($"A listener could not be opened: {e.Message.TrimEnd('.')}. Stop the program that has the port, or {portRemedy}.");
            return ExitCodes.Unreachable;
        }

        await using (host)
        {
            opened(host, token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, interruption).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            surroundings.Output.ErrorLine($"Stopping within {settings.Stop.Deadline.TotalSeconds:0} s; open: {Open(host.Rooms.Sweep.Count, host.Rooms.Requests.Count)}. A second signal ends at once.");
            var cut = await host.StopAsync();
            surroundings.Output.ErrorLine(cut == 0 ? "Stopped; every client was told." : $"Stopped; {cut} of the connections and requests had to be cut at the deadline.");
            return cut == 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        }
    }

    private static string Open(int connections, int requests) =>
        $"{connections} {(connections == 1 ? "connection" : "connections")}, {requests} {(requests == 1 ? "request" : "requests")}";
}
