namespace Bascule.Cli;

/// <summary>Takes the standard input to a command, no faster than it reads, over all its connections.</summary>
internal sealed class InputFeed(Stream input, SessionLine line, Output output)
{
    /// <summary>Until the input ends, or the command does.</summary>
    internal async Task RunAsync(CancellationToken over)
    {
        try
        {
            // Not earlier: a command that never starts must not eat what another one was to get.
            var talk = await line.AttachedAsync(over);
            var buffer = new byte[SessionTalk.MostInputBytes];
            while (await ReadAsync(buffer, over) is > 0 and var read)
                talk = await FeedAsync(talk, buffer.AsMemory(0, read), over);
            while (!await talk.CloseInputAsync())
                talk = await line.AttachedAsync(over);
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
            talk = await line.AttachedAsync(over);
            output.ErrorLine("The connection was lost while the command read its input: up to 256 KiB of it may be missing or doubled.");
        }

        return talk;
    }

    /// <summary>A console blocks its reader, whatever it is asked: so it is left behind, and ends with the process.</summary>
    private Task<int> ReadAsync(byte[] buffer, CancellationToken over) => Task.Run(() => input.ReadAsync(buffer, over).AsTask(), over).WaitAsync(over);
}
