using System.Net.WebSockets;
using System.Security.Cryptography;
using Bascule.Model;
using Bascule.Sessions.Kubernetes;
using Bascule.Terminal;

namespace Bascule.Gateway;

/// <summary>Speaks with one client of a pod without an agent, in the protocol that the client chose: contract/terminal.md.</summary>
internal sealed class LegacyTalk(TermDialect dialect, PodExec exec, WebSocket socket, SessionPlan plan, AttemptId attempt, TimeProvider time) : IDisposable
{
    /// <summary>Of each stream, that may be under way without an ack.</summary>
    private const int Window = 256 * 1024;

    /// <summary>So often the client hears how much of its input was taken.</summary>
    private const int InputAckBytes = 32 * 1024;

    /// <summary>Of a client that has no size of its own.</summary>
    private static readonly TerminalSize Usual = new(80, 24);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly TextFrames _text = new();
    private readonly long[] _sent = new long[TermChannel.Errors + 1];
    private readonly long[] _acked = new long[TermChannel.Errors + 1];
    private TaskCompletionSource _moved = New();
    private long _input;
    private long _inputTold;

    private bool MayWrite => plan.Role == TerminalTerms.Write;

    public void Dispose() => _turn.Dispose();

    /// <summary>Before the first output: who speaks <c>bascule.term.v1</c> says hello first.</summary>
    internal async Task BeginAsync(CancellationToken over)
    {
        if (dialect == TermDialect.Term)
            await _hello.Task.WaitAsync(over);
        else if (dialect != TermDialect.Text)
            // As an API server does, so that the client knows that it is open.
            await PostAsync(new byte[] { TermChannel.Output }, over);
    }

    /// <summary>One message of the client.</summary>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    internal async Task<WireFault?> TakeAsync(WebSocketMessageType type, ReadOnlyMemory<byte> message, CancellationToken over)
    {
        if (dialect == TermDialect.Text)
        {
            await InputAsync(message, over);
            return null;
        }

        if (type != WebSocketMessageType.Binary)
            return WireFault.BadFrame("Frames are binary and begin with a channel.");
        // Clients of Kubernetes write more at once than ours.
        if (dialect != TermDialect.Term && message.Span is [TermChannel.Input, ..])
        {
            await InputAsync(message[1..], over);
            return null;
        }

        if (ClientFrames.Read(message, out var frame) is { } fault)
            return fault;
        await TakeAsync(frame, over);
        return null;
    }

    internal async Task SendAsync(byte channel, ReadOnlyMemory<byte> output, CancellationToken over)
    {
        switch (dialect)
        {
            case TermDialect.Text:
                if (_text.Take(output.Span, isLast: false) is { Length: > 0 } text)
                    await PostAsync(text, over, WebSocketMessageType.Text);
                break;
            case TermDialect.Term:
                await RoomAsync(channel, over);
                var frame = new byte[ServerFrames.OutputHeaderBytes + output.Length];
                ServerFrames.WriteOutputHeader(frame, channel, _sent[channel]);
                output.CopyTo(frame.AsMemory(ServerFrames.OutputHeaderBytes));
                _sent[channel] += output.Length;
                await PostAsync(frame, over);
                break;
            default:
                await PostAsync((byte[])[channel, .. output.Span], over);
                break;
        }
    }

    /// <summary>The command is over; one that was cut is not taken for one that ended well.</summary>
    internal async Task EndAsync(CancellationToken over)
    {
        if (exec.Exit is not { } end)
        {
            await CloseAsync(EndReasons.BackendLost.Code, EndReasons.BackendLost.CloseText(attempt), over);
            return;
        }

        var now = time.GetUtcNow();
        var cause = end.Code is null ? "start_failed" : "exited";
        var exit = new ExitFrame(cause, end.Code, null, _began, now, Math.Round((now - _began).TotalSeconds, 3), _sent[TermChannel.Output] + _sent[TermChannel.Errors], Truncated: false);
        if (end.Code is null && dialect == TermDialect.Term)
            await PostAsync(ServerFrames.Notice(new NoticeFrame("legacy", end.Text)), over);
        if (dialect == TermDialect.Term)
            await PostAsync(ServerFrames.Exit(exit), over);
        else if (dialect != TermDialect.Text)
            await PostAsync(ChannelStatus.Frame(exit), over);
        var code = dialect == TermDialect.Text && end.Code is { } number ? $"; code={number}" : "";
        await CloseAsync((int)WebSocketCloseStatus.NormalClosure, $"{cause}{code}; retry=never", over);
    }

    internal Task RefuseAsync(WireFault fault, CancellationToken over) => CloseAsync(fault.Code, HostRefusal.CloseText(fault.Label, "never", attempt.ToString()), over);

    private async Task TakeAsync(ClientFrame frame, CancellationToken over)
    {
        switch (frame.Kind)
        {
            case ClientFrameKind.Hello:
                await GreetAsync(frame.Hello!, over);
                break;
            case ClientFrameKind.Input:
                await InputAsync(frame.Bytes, over);
                break;
            case ClientFrameKind.CloseInput when MayWrite && !await exec.CloseInputAsync(over):
                await PostAsync(ServerFrames.Notice(new NoticeFrame("legacy", "This Kubernetes cannot be told that the input ends: it speaks v4 of its protocol only.")), over);
                break;
            case ClientFrameKind.Resize when MayWrite:
                await ResizeAsync(frame.Size!.Width, frame.Size.Height, over);
                break;
            case ClientFrameKind.Ack:
                Acknowledge(frame.Channel, frame.Number);
                break;
            case ClientFrameKind.Ping:
                await PostAsync(ServerFrames.Pong(frame.Number), over);
                break;
        }
    }

    /// <summary>Each client has a command of its own, so that what another connection saw is not there.</summary>
    private async Task GreetAsync(HelloFrame hello, CancellationToken over)
    {
        var size = hello.Columns > 0 && hello.Rows > 0 ? TerminalSize.Clamp(hello.Columns, hello.Rows) : Usual;
        await PostAsync(ServerFrames.Attached(new AttachedFrame
        {
            Session = plan.Id,
            Incarnation = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(sizeof(int))),
            Tty = plan.Record.Tty,
            State = "running",
            First = 0,
            Last = 0,
            Columns = size.Columns,
            Rows = size.Rows,
            Role = plan.Role,
            Fence = 1,
            Writer = MayWrite ? plan.User ?? "" : null,
            Window = Window,
            InputWindow = Window,
        }), over);
        if (hello.From > 0)
        {
            await PostAsync(ServerFrames.Snapshot(new SnapshotFrame { Begin = true, Channel = TermChannel.Output, Offset = 0, Missing = 0, Reason = "incarnation" }), over);
            await PostAsync(ServerFrames.Snapshot(new SnapshotFrame { End = true, Channel = TermChannel.Output }), over);
            await PostAsync(ServerFrames.Notice(new NoticeFrame("legacy", "The pod of this session has no agent: the command was started anew, and what the other one printed is lost.")), over);
        }

        if (hello.Columns > 0 && hello.Rows > 0 && MayWrite)
            await ResizeAsync(size.Columns, size.Rows, over);
        _hello.TrySetResult();
    }

    private async Task ResizeAsync(int columns, int rows, CancellationToken over)
    {
        var size = TerminalSize.Clamp(columns, rows);
        if (plan.Record.Tty)
            await exec.ResizeAsync(size.Columns, size.Rows, over);
    }

    private async Task InputAsync(ReadOnlyMemory<byte> input, CancellationToken over)
    {
        if (!MayWrite)
            return;
        await exec.WriteAsync(input, over);
        _input += input.Length;
        if (dialect != TermDialect.Term || _input - _inputTold < InputAckBytes)
            return;
        _inputTold = _input;
        await PostAsync(ServerFrames.InputAck(_input), over);
    }

    private async Task RoomAsync(byte channel, CancellationToken over)
    {
        while (true)
        {
            var moved = Volatile.Read(ref _moved).Task;
            if (_sent[channel] - Interlocked.Read(ref _acked[channel]) < Window)
                return;
            await moved.WaitAsync(over);
        }
    }

    private void Acknowledge(byte channel, ulong offset)
    {
        Interlocked.Exchange(ref _acked[channel], (long)Math.Min(offset, (ulong)Interlocked.Read(ref _sent[channel])));
        Interlocked.Exchange(ref _moved, New()).TrySetResult();
    }

    private async Task PostAsync(ReadOnlyMemory<byte> frame, CancellationToken over, WebSocketMessageType type = WebSocketMessageType.Binary)
    {
        await _turn.WaitAsync(over);
        try
        {
            await socket.SendAsync(frame, type, endOfMessage: true, over);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task CloseAsync(int code, string reason, CancellationToken over)
    {
        await _turn.WaitAsync(over);
        try
        {
            await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, over);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
