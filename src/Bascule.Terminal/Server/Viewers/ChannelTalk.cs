using System.Text;

namespace Bascule.Terminal;

/// <summary>The channels of a Kubernetes exec: v5, and v4, which cannot close stdin.</summary>
internal sealed class ChannelTalk(HostedTerminal terminal, ViewerConnection connection, Viewer viewer, InputQueue input, bool isV5, CancellationToken gone) : IDialect
{
    public long Window => long.MaxValue;

    // Clients of Kubernetes write what they have in one message: Python's and C#'s up to what the caller gave.
    public int MostMessageBytes => 1 << 20;

    public ReadOnlyMemory<byte>? Life => null;

    public async ValueTask<WireFault?> TakeAsync(Arrival kind, ReadOnlyMemory<byte> message)
    {
        if (kind == Arrival.TooBig)
            return WireFault.TooBig;
        if (kind == Arrival.Text || message.IsEmpty)
            return WireFault.BadFrame("Frames are binary and begin with a channel.");
        switch (message.Span[0])
        {
            case TermChannel.Input:
                await input.AddAsync(message[1..], gone);
                return null;
            case TermChannel.Resize:
                return Resize(message);
            case TermChannel.Close when isV5 && message.Span is [_, TermChannel.Input]:
                input.Close();
                return null;
            case var channel:
                return WireFault.BadFrame($"Channel {channel} is none that a client may send on.");
        }
    }

    public ValueTask<bool> SendOutputAsync(byte channel, long offset, Memory<byte> frame)
    {
        frame.Span[ServerFrames.OutputHeaderBytes - 1] = channel;
        return connection.SendAsync(frame[(ServerFrames.OutputHeaderBytes - 1)..]);
    }

    public async ValueTask<bool> SendSkipAsync(Skip skip)
    {
        if (skip.Replay.IsEmpty && skip.Missing > 0 && !await connection.SendAsync((byte[])[skip.Channel, .. Encoding.UTF8.GetBytes(SkipText.Of(skip))]))
            return false;
        for (var rest = skip.Replay; !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, StreamPump.MostFrameBytes)];
            if (!await connection.SendAsync((byte[])[skip.Channel, .. part.Span]))
                return false;
            rest = rest[part.Length..];
        }

        return true;
    }

    public async ValueTask SendExitAsync(ExitFrame exit) => await connection.SendAsync(ChannelStatus.Frame(exit));

    public string ExitLabel(ExitFrame exit) => exit.Cause;

    private WireFault? Resize(ReadOnlyMemory<byte> message)
    {
        if (ClientFrames.Read(message, out var frame) is { } fault)
            return fault;
        if (viewer.Role == ViewerRole.Write && TerminalSize.OfWindow(frame.Size!.Width, frame.Size.Height) is { } size)
            terminal.Size.Want(size);
        return null;
    }
}
