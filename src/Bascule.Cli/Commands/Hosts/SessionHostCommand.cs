using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule session-host</c>: has the local sessions of a gateway, so that they outlive its restarts.</summary>
public static class SessionHostCommand
{
    /// <param name="time">Null: the system's.</param>
    public static Command Create(Surroundings surroundings, TimeProvider? time = null)
    {
        var folder = new Option<string>("--folder") { Description = "Where it writes host.json, by which gateways find it.", Required = true, HelpName = "DIR" };
        var listen = new Option<string>("--listen") { Description = "Where it listens. Port 0: any that is free.", HelpName = "URL", DefaultValueFactory = _ => "http://127.0.0.1:0" };
        var recordings = new Option<string?>("--recordings") { Description = "Folder of recordings. Default: recordings in its folder.", HelpName = "DIR" };
        var command = new ExampleCommand(
            "session-host",
            "Has the processes of local sessions. A gateway starts its host itself, and finds it again after a restart. It ends when no gateway asked for 10 minutes, and its sessions with it.",
            "bascule session-host --folder data/sessions")
        { folder, listen, recordings };
        command.SetAction(async (parse, interruption) =>
        {
            HostProcess.Shield();
            // A terminal that is closed somewhere is no reason to end.
            using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
            var place = Path.GetFullPath(parse.GetValue(folder)!, surroundings.WorkingDirectory);
            var kept = parse.GetValue(recordings) is { } other ? Path.GetFullPath(other, surroundings.WorkingDirectory) : Path.Combine(place, "recordings");
            try
            {
                using var own = HostFolder.Take(place);
                await new SessionHostRun(time ?? TimeProvider.System).RunAsync(own, parse.GetValue(listen)!, kept, interruption);
                return ExitCodes.Good;
            }
            catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException or FormatException)
            {
                surroundings.Output.ErrorLine($"The session host cannot begin: {e.Message}");
                return ExitCodes.Unreachable;
            }
        });
        return command;
    }
}
