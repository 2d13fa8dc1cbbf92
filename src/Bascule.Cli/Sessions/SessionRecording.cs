using System.CommandLine;

namespace Bascule.Cli;

/// <summary><c>bascule session recording</c>.</summary>
internal static class SessionRecording
{
    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var id = SessionShow.Id();
        var file = new Option<string?>("--output", "-o") { Description = "The file to write. Without it: the standard output.", HelpName = "FILE" };
        var gateway = new SessionOptions(surroundings, forOperators: true);
        var command = new ExampleCommand(
            "recording",
            "What was recorded of a session: asciicast v3, for `asciinema play`.",
            "bascule session recording 5d41402abc4b2a76b9719d911017c592 --output session.cast",
            "bascule session recording 5d41402abc4b2a76b9719d911017c592 | asciinema play -")
        { id, file };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(
            parse,
            async asked =>
            {
                var path = SessionShow.PathOf(parse.GetRequiredValue(id), "/recording");
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
