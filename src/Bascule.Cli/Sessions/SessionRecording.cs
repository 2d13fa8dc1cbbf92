using System.CommandLine;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary><c>bascule session recording</c>.</summary>
internal static class SessionRecording
{
    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var id = new Argument<string?>("id") { Description = "The session: 32 hexadecimal digits.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--output", "-o") { Description = "The file to write. Without it: the standard output.", HelpName = "FILE" };
        var verify = new Option<string?>("--verify") { Description = "Instead: whether this file is as it was recorded. No gateway is asked.", HelpName = "FILE" };
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
        });
        command.SetAction((parse, interruption) => parse.GetValue(verify) is { } recorded ? Task.FromResult(Verify(surroundings, recorded)) : gateway.AskAsync(
            parse,
            async asked =>
            {
                var path = SessionShow.PathOf(parse.GetValue(id)!, "/recording");
                if (parse.GetValue(file) is not { } name)
                {
                    await asked.Client.CopyAsync(path, surroundings.Bytes.Output, interruption);
                    return ExitCodes.Good;
                }

                return await SaveAsync(asked.Client, path, Path.GetFullPath(name, surroundings.WorkingDirectory), surroundings.Output, interruption);
            },
            interruption));
        return command;
    }

    /// <summary>Good is only what is proved to its end.</summary>
    private static int Verify(Surroundings surroundings, string name)
    {
        var output = surroundings.Output;
        try
        {
            using var recording = File.OpenRead(Path.GetFullPath(name, surroundings.WorkingDirectory));
            var proof = CastVerifier.Verify(recording);
            if (proof.Verdict == CastVerdict.Whole)
            {
                output.Line($"{name} is as it was recorded: {proof.ProvedBytes} bytes. Its digest, which `session show` and the audit log know too, is {proof.Digest}.");
                return ExitCodes.Good;
            }

            output.ErrorLine(proof.Verdict == CastVerdict.Broken
                ? $"{name} was changed: {proof.Fault}. Its first {proof.ProvedBytes} bytes are as they were recorded."
                : $"{name} is not proved to its end: its first {proof.ProvedBytes} bytes are as they were recorded, and then the end of the chain is missing. It was cut, the session still goes on, or its host died.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            output.ErrorLine($"{name} cannot be read: {e.Message}");
        }

        return ExitCodes.FoundFault;
    }

    private static async Task<int> SaveAsync(AdminClient client, string path, string file, Output output, CancellationToken interruption)
    {
        // Under another name until it is whole; and a refusal leaves no file.
        var draft = file + ".part";
        try
        {
            await using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
                await client.CopyAsync(path, stream, interruption);
            File.Move(draft, file, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            output.ErrorLine($"{file} cannot be written: {e.Message}");
            return ExitCodes.FoundFault;
        }
        finally
        {
            File.Delete(draft);
        }

        output.Line(file);
        return ExitCodes.Good;
    }
}
