using System.Net.Sockets;
using System.Runtime.InteropServices;
using Bascule.Gateway;
using Bascule.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary>Runs a gateway until the process is asked to end: what <c>serve</c> and <c>demo</c> share.</summary>
/// <param name="otherPort">How the command takes another port, when one is in use.</param>
/// <param name="source">Where the settings came from; null when they cannot be read again.</param>
internal sealed class ServingRun(Surroundings surroundings, BasculeSettings settings, ConfigSource? source, ILoggerFactory logs, string otherPort)
{
    /// <param name="opened">Called when all listeners are open.</param>
    /// <returns>0 when every client was told; 1 when some had to be cut at the deadline; 69 when a listener could not be opened, or what it needs cannot be read or written; 1 when this platform cannot do what the configuration asks.</returns>
    internal async Task<int> RunAsync(Action<GatewayHost, string> opened, CancellationToken interruption)
    {
        SocketThreads.RunInline();
        string token;
        GatewayHost host;
        try
        {
            token = AdminToken.LoadOrMake(settings, surroundings.WorkingDirectory);
            host = await GatewayHost.StartAsync(settings, source, token, logs, TimeProvider.System, interruption);
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: SocketException or AddressInUseException })
        {
            surroundings.Output.ErrorLine($"A listener could not be opened: {e.Message.TrimEnd('.')}. {AdviceFor(e as SocketException ?? e.InnerException as SocketException)}");
            return ExitCodes.Unreachable;
        }
        catch (IOException e)
        {
            surroundings.Output.ErrorLine($"The gateway cannot start: {e.Message}");
            return ExitCodes.Unreachable;
        }
        catch (PlatformNotSupportedException e)
        {
            surroundings.Output.ErrorLine($"This configuration cannot be served here: {e.Message}");
            return ExitCodes.FoundFault;
        }

        await using (host)
        {
            using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                // Owned by the reload, which takes one at a time; its outcome is in the log.
                _ = host.Rooms.Reload.RunAsync("SIGHUP");
            });
            opened(host, token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, interruption).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            surroundings.Output.ErrorLine($"Stopping within {settings.Stop.Deadline.TotalSeconds:0} s; open: {Open(host.Rooms.Sweep.Count, host.Rooms.Requests.Count)}. A second signal ends at once.");
            var cut = await host.StopAsync();
            surroundings.Output.ErrorLine(cut == 0 ? "Stopped; every client was told." : $"Stopped; {cut} of the connections and requests had to be cut at the deadline.");
            return cut == 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        }
    }

    private string AdviceFor(SocketException? cause) => cause?.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "Name an address of this machine, or 0.0.0.0 for all of them.",
        SocketError.AccessDenied => $"Ports below 1024 are for who has the right to them (CAP_NET_BIND_SERVICE); take another port: {otherPort}",
        _ => $"Stop the other program, or take another port: {otherPort}",
    };

    private static string Open(int connections, int requests) =>
        $"{connections} {(connections == 1 ? "connection" : "connections")}, {requests} {(requests == 1 ? "request" : "requests")}";
}
