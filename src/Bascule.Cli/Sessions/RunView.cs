using System.Globalization;
using Bascule.Terminal;

namespace Bascule.Cli;

/// <summary>Where the two streams of a command go: to ours, as bytes.</summary>
internal sealed class RunView(ByteStreams streams, Output output) : ISessionView
{
    private bool _isTold;

    public async ValueTask WriteAsync(byte channel, ReadOnlyMemory<byte> bytes)
    {
        var stream = channel == TermChannel.Errors ? streams.Errors : streams.Output;
        try
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputFault(e);
        }
    }

    public ValueTask SnapshotAsync(byte channel, long missing)
    {
        if (missing > 0)
            output.ErrorLine(string.Create(CultureInfo.InvariantCulture, $"{missing} bytes of its {(channel == TermChannel.Errors ? "errors" : "output")} are missing here: they went by while the connection was away."));
        return ValueTask.CompletedTask;
    }

    public void SnapshotOver()
    {
        // There is no screen that was emptied for it.
    }

    public ValueTask AttachedAsync(AttachedFrame attached, bool isAgain)
    {
        if (isAgain && _isTold)
            output.ErrorLine("Connected again; no output is lost.");
        _isTold = false;
        return ValueTask.CompletedTask;
    }

    public void Tell(NoticeFrame notice)
    {
        if (notice.Kind == "starting" ? output.IsTerminal : notice.Seconds is not null)
            output.ErrorLine(notice.Text);
    }

    public void Lost(string words, TimeSpan pause)
    {
        _isTold = true;
        output.ErrorLine(string.Create(CultureInfo.InvariantCulture, $"{words} It is tried again in {pause.TotalSeconds:0.#} s."));
    }
}
