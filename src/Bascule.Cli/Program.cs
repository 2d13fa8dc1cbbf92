using System.CommandLine;
using System.Runtime.InteropServices;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>The program: one file per command in the folder <c>Commands</c>, all of them named here.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        // Before anything is open: they hold secrets, and what they start runs as the same user.
        if (args is ["agent" or "session-host", ..] && HostProcess.CloseDiagnostics() is > 0 and var error)
        {
            await Console.Error.WriteLineAsync($"bascule could not begin again without the diagnostics port of .NET (error {error}). Set DOTNET_EnableDiagnostics=0.");
            return ExitCodes.Unreachable;
        }

        using var interruption = new CancellationTokenSource();
        var asked = "SIGINT";
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        var surroundings = Surroundings.OfProcess() with { Signal = () => asked };
        return await CommandRunner.RunAsync(CreateRoot(surroundings), args, surroundings, interruption.Token);

        // The first signal asks the command to end; a second one ends the process as the system does.
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = !interruption.IsCancellationRequested;
            asked = signal.Signal.ToString();
            interruption.Cancel();
        }
    }

    public static RootCommand CreateRoot(Surroundings surroundings) => new("Bascule: a WebSocket gateway that says why.")
    {
        AgentCommand.Create(surroundings),
        AuditCommand.Create(surroundings),
        ClusterCommand.Create(surroundings),
        ConfigCommand.Create(surroundings),
        ConformCommand.Create(surroundings),
        ConnectionsCommand.Create(surroundings),
        DemoCommand.Create(surroundings),
        DoctorCommand.Create(surroundings),
        DrainCommand.Create(surroundings),
        ExplainCommand.Create(surroundings),
        LintCommand.Create(surroundings),
        LoadCommand.Create(surroundings),
        PoolsCommand.Create(surroundings),
        ProbeCommand.Create(surroundings),
        QueueCommand.Create(surroundings),
        ServeCommand.Create(surroundings),
        SessionCommand.Create(surroundings),
        SessionHostCommand.Create(surroundings),
        ShardCommand.Create(surroundings),
        TicketCommand.Create(surroundings),
        TokenCommand.Create(surroundings),
        TopCommand.Create(surroundings),
        TopicCommand.Create(surroundings),
        VersionCommand.Create(surroundings),
    };
}
