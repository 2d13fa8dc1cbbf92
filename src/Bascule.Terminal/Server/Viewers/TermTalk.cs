namespace Bascule.Terminal;

/// <summary>bascule.term.v1.</summary>
internal sealed class TermTalk(HostedTerminal terminal, ViewerConnection connection, Viewer viewer, InputQueue input, CancellationToken gone) : IDialect
{
    internal const int WindowBytes = 256 << 10;

    public long Window => WindowBytes;

    public int MostMessageBytes => ClientFrames.MostBytes;

    public ReadOnlyMemory<byte>? Life => ServerFrames.Life;

    /// <summary>The streams of the viewer; set before the first message is taken.</summary>
    internal IReadOnlyList<StreamPump> Pumps { get; set; } = [];

    public async ValueTask<WireFault?> TakeAsync(Arrival kind, ReadOnlyMemory<byte> message)
    {
        var fault = kind switch
        {
            Arrival.TooBig => WireFault.TooBig,
            Arrival.Text => WireFault.BadFrame("A text frame came; all frames of bascule.term.v1 are binary."),
            _ => ClientFrames.Read(message, out var frame) ?? await ObeyAsync(frame),
        };
        if (fault is not null)
            await connection.SendAsync(ServerFrames.Notice(new NoticeFrame(fault.Label, fault.Text)));
        return fault;
    }

    public ValueTask<bool> SendOutputAsync(byte channel, long offset, Memory<byte> frame)
    {
        ServerFrames.WriteOutputHeader(frame.Span, channel, offset);
        return connection.SendAsync(frame);
    }

    public async ValueTask<bool> SendSkipAsync(Skip skip)
    {
        var begin = new SnapshotFrame { Begin = true, Channel = skip.Channel, Offset = skip.Offset, Missing = skip.Missing, Reason = skip.Reason };
        if (!await connection.SendAsync(ServerFrames.Snapshot(begin)))
            return false;
        var frame = new byte[ServerFrames.ReplayHeaderBytes + Math.Min(skip.Replay.Length, StreamPump.MostFrameBytes)];
        for (var rest = skip.Replay; !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, StreamPump.MostFrameBytes)];
            ServerFrames.WriteReplayHeader(frame, skip.Channel);
            part.CopyTo(frame.AsMemory(ServerFrames.ReplayHeaderBytes));
            if (!await connection.SendAsync(frame.AsMemory(0, ServerFrames.ReplayHeaderBytes + part.Length)))
                return false;
            rest = rest[part.Length..];
        }

        return await connection.SendAsync(ServerFrames.Snapshot(new SnapshotFrame { End = true, Channel = skip.Channel }));
    }

    public async ValueTask SendExitAsync(ExitFrame exit) => await connection.SendAsync(ServerFrames.Exit(exit));

    public string ExitLabel(ExitFrame exit) => exit.Cause;

    private async ValueTask<WireFault?> ObeyAsync(ClientFrame frame)
    {
        switch (frame.Kind)
        {
            case ClientFrameKind.Input:
                await input.AddAsync(frame.Bytes, gone);
                return null;
            case ClientFrameKind.CloseInput:
                input.Close();
                return null;
            case ClientFrameKind.Ack:
                var pump = Pumps.FirstOrDefault(p => p.Channel == frame.Channel);
                return pump?.Acknowledge(frame.Number) == true ? null : WireFault.BadFrame($"An ack of channel {frame.Channel} names offset {frame.Number}, which was never sent.");
            case ClientFrameKind.Ping:
                viewer.Post(ServerFrames.Pong(frame.Number));
                return null;
            case ClientFrameKind.Resize:
                Resize(frame.Size!);
                return null;
            case ClientFrameKind.Request:
                Obey(frame.Request!);
                return null;
            default:
                return WireFault.BadFrame("A hello came again; it is the first frame only.");
        }
    }

    private void Resize(ResizeFrame frame)
    {
        if (viewer.Role == ViewerRole.Write && TerminalSize.OfWindow(frame.Width, frame.Height) is { } size)
            terminal.Size.Want(size);
        else if (viewer.Role != ViewerRole.Write)
            input.Deny("You read. The size of the terminal is its writer's.");
    }

    private void Obey(RequestFrame request)
    {
        if (request.Take == true && viewer.Caller.Role == ViewerRole.Write)
        {
            terminal.Claim(viewer, takes: true, Acknowledged(TermChannel.Output), Acknowledged(TermChannel.Errors));
            viewer.Tell(new NoticeFrame("role", "You write from now on.") { Role = "write", Fence = terminal.Seat.Fence });
        }
        else if (request.Role == "read")
            terminal.Resign(viewer);
        else if (request.Signal is { } signal && viewer.Role == ViewerRole.Write)
            terminal.Terminal.Signal(SignalNames.NumberOf(signal));
        else
            input.Deny(request.Take == true ? "You may read only, and not take over." : "You read. Signals are the writer's.");
    }

    private long Acknowledged(byte channel) => Pumps.FirstOrDefault(pump => pump.Channel == channel)?.Acknowledged ?? 0;
}
