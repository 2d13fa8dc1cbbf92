namespace Bascule.Cli;

/// <summary>Takes the standard input to a command, no faster than it reads, over all its connections.</summary>
internal sealed class InputFeed(Stream input, SessionLine line, Output output)
{
    /// <summary>Until the command ends.</summary>
    internal async Task RunAsync(CancellationToken over)
    {
        try
        {
            // Not earlier: a command that never starts must not eat what another one was to get.
            var talk = await line.AttachedAsync(null, over);
            var buffer = new byte[SessionTalk.MostInputBytes];
            while (await ReadAsync(buffer, over) is > 0 and var read)
                talk = await FeedAsync(talk, buffer.AsMemory(0, read), over);
            await line.CloseInputAsync(over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The command has ended; what is left is nobody's.
        }
    }

    private async Task<SessionTalk> FeedAsync(SessionTalk talk, ReadOnlyMemory<byte> bytes, CancellationToken over)
    {
        while (!await talk.TypeAsync(bytes, waits: true))
        {
            talk = await line.AttachedAsync(talk, over);
            output.ErrorLine("The connection was lost while the command read its input: up to 256 KiB of it may be missing or doubled.");
        }

        return talk;
    }

    /// <summary>A console blocks its reader, whatever it is asked: so it is left behind, and ends with the process.</summary>
    /// <returns>0 at the end; what cannot be read ends as well, and the command decides what that is worth.</returns>
    private async Task<int> ReadAsync(byte[] buffer, CancellationToken over)
    {
        try
        {
            return await Task.Run(() => input.ReadAsync(buffer, over).AsTask(), over).WaitAsync(over);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.ErrorLine($"The standard input cannot be read, so it ends here for the command: {e.Message}");
            return 0;
        }
    }
}
