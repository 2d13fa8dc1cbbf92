using System.CommandLine;
using System.Security.Cryptography;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule agent</c>: the terminal server of a pod or container.</summary>
public static class AgentCommand
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(60);

    public static Command Create(Surroundings surroundings)
    {
        var listen = new Option<string>("--listen") { Description = "Where it listens.", HelpName = "URL", DefaultValueFactory = _ => "http://0.0.0.0:8686" };
        var secretFile = new Option<string?>("--secret-file") { Description = $"File with the secret that gateways show; else {AgentDoor.SecretName} in the environment.", HelpName = "FILE" };
        var id = new Option<string?>("--id") { Description = $"The session; else {ChildEnvironment.SessionMark} in the environment, else a random one.", HelpName = "ID" };
        var linger = AgentOptions.Time("--linger", "How long output and exit code can be fetched after the end, if nobody deletes the session before. Default 60s.");
        var recordings = new Option<string?>("--recordings") { Description = "Folder of recordings. Default: bascule-recordings in the folder for temporary files.", HelpName = "DIR" };
        var insecure = new Option<bool>("--insecure") { Description = "No secret: for trials, on a loopback address only." };
        var terminal = new AgentOptions();
        var command = new ExampleCommand(
            "agent",
            "The terminal server of a pod or container: runs one command and serves its terminal (contract/terminal.md). Fit to be process 1. Exits with the command's code.",
            "BASCULE_AGENT_SECRET=… bascule agent -- bash -l",
            "bascule agent --secret-file /run/secrets/agent --no-tty --deadline 10m -- info domain",
            "bascule agent --insecure --listen http://127.0.0.1:8686 -- bash -l")
        { listen, secretFile, id, linger, recordings, insecure };
        terminal.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            var (door, fault) = AgentDoor.Find(parse.GetValue(secretFile), parse.GetValue(insecure), parse.GetValue(listen)!, surroundings);
            if (door is null)
                return Refuse(fault!);
            HostProcess.Shield();
            Environment.SetEnvironmentVariable(AgentDoor.SecretName, null);

            var session = parse.GetValue(id) ?? surroundings.Environment.GetValueOrDefault(ChildEnvironment.SessionMark) ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            if (!TerminalId.IsValid(session))
                return Refuse("The id of a session has 1 to 64 characters of a-z 0-9 -");
            var document = terminal.Read(parse, door.Secret, surroundings.Environment);
            var (order, wrong) = document.Read(session);
            if (order is null)
                return Refuse(wrong!);

            var folder = parse.GetValue(recordings) ?? Path.Combine(Path.GetTempPath(), "bascule-recordings");
            var place = new AgentPlace($"agent-{session}", parse.GetValue(listen)!, parse.GetValue(linger) ?? Linger, Path.GetFullPath(folder, surroundings.WorkingDirectory));
            return await new AgentRun(surroundings, TimeProvider.System).RunAsync(
                order, document.Viewers, door, place, url => surroundings.Output.ErrorLine($"Session {session} on {url}v1/terminals/{session}/attach"), interruption);
        });
        return command;

        int Refuse(string fault)
        {
            surroundings.Output.ErrorLine(fault);
            return ExitCodes.Usage;
        }
    }
}
