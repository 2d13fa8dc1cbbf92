using System.CommandLine;

namespace Bascule.Cli;

/// <summary><c>bascule session recording</c>.</summary>
internal static class SessionRecording
{
    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var id = new Argument<string?>("id") { Description = "The session: 32 hexadecimal digits.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--output", "-o") { Description = "The file to write. Without it, and with `-`: the standard output.", HelpName = "FILE" };
        var verify = new Option<string?>("--verify") { Description = "Instead: whether the hash chain of this file is whole, and its digest. No gateway is asked.", HelpName = "FILE" };
        var gateway = new SessionOptions(surroundings, forOperators: true);
        var command = new ExampleCommand(
            "recording",
            "What was recorded of a session: asciicast v3, for `asciinema play`.",
            "bascule session recording 5d41402abc4b2a76b9719d911017c592 --output session.cast",
            "bascule session recording 5d41402abc4b2a76b9719d911017c592 | asciinema play -",
            "bascule session recording --verify session.cast")
        { id, file, verify };
        gateway.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is null == result.GetValue(verify) is null)
                result.AddError("Name a session, or a file behind --verify.");
            if (result.GetValue(file) is "")
                result.AddError("--output is empty: name a file behind it, or `-` for the standard output.");
            if (result.GetValue(verify) is "")
                result.AddError("--verify is empty: name a file behind it.");
        });
        command.SetAction((parse, interruption) => parse.GetValue(verify) is { } recorded
            ? RecordingProof.TellAsync(surroundings, recorded, interruption)
            : gateway.AskAsync(parse, asked => FetchAsync(surroundings, asked.Client, SessionShow.PathOf(parse.GetValue(id)!, "/recording"), parse.GetValue(file), interruption), interruption));
        return command;
    }

    private static async Task<int> FetchAsync(Surroundings surroundings, AdminClient client, string path, string? file, CancellationToken interruption)
    {
        if (file is not null && !RecordingFile.IsStandardOutput(file))
            return await RecordingFile.SaveAsync(client, path, Path.GetFullPath(file, surroundings.WorkingDirectory), surroundings.Output, interruption);
        try
        {
            await client.CopyAsync(path, surroundings.Bytes.Output, interruption);
            return ExitCodes.Good;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of ours: what the gateway does is an AdminFault.
            var fault = new OutputFault(e);
            return fault.IsReaderGone ? ExitCodes.ReaderGone : throw fault;
        }
    }
}
