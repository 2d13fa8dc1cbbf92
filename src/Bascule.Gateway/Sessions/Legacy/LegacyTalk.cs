using System.Net.WebSockets;
using System.Security.Cryptography;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Terminal;

namespace Bascule.Gateway;

/// <summary>Speaks with one client of a pod without an agent, in the protocol that the client chose: contract/terminal.md.</summary>
internal sealed class LegacyTalk(TermDialect dialect, WebSocket socket, SessionPlan plan, AttemptId attempt, TimeProvider time) : IDisposable
{
    /// <summary>Of each stream, that may be under way without an ack.</summary>
    private const int Window = 256 * 1024;

    /// <summary>So often the client hears how much of its input was taken.</summary>
    private const int InputAckBytes = 32 * 1024;

    /// <summary>After so long without a frame of ours a client of the contract takes the connection for lost, so it hears something before.</summary>
    private static readonly TimeSpan LifePeriod = TimeSpan.FromSeconds(20);

    /// <summary>Of a client that has no size of its own.</summary>
    private static readonly TerminalSize Usual = new(80, 24);

    /// <summary>Endings of which the exec itself knows more.</summary>
    private static readonly string[] OfCommand = [SessionEndings.Exited.Label, SessionEndings.Signalled.Label];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly TextFrames _text = new();
    private readonly long[] _sent = new long[TermChannel.Errors + 1];
    private readonly long[] _acked = new long[TermChannel.Errors + 1];
    private TaskCompletionSource _moved = New();
    private PodExec? _exec;
    private bool _hasPosted;
    private long _input;
    private long _inputTold;

    private bool MayWrite => plan.Role == TerminalTerms.Write;

    private PodExec Exec => _exec ?? throw new InvalidOperationException("Begin first.");

    /// <summary>Who speaks <c>bascule.term.v1</c> says hello first.</summary>
    internal bool WantsHello => dialect == TermDialect.Term;

    public void Dispose() => _turn.Dispose();

    /// <summary>Before the first output.</summary>
    internal async Task BeginAsync(PodExec exec, HelloFrame? hello, CancellationToken over)
    {
        _exec = exec;
        if (hello is not null)
            await GreetAsync(hello, over);
        else if (dialect != TermDialect.Text)
            // As an API server does, so that the client knows that it is open.
            await PostAsync(new byte[] { TermChannel.Output }, over);
    }

    internal static (HelloFrame? Hello, WireFault? Fault) ReadHello(WebSocketMessageType type, ReadOnlyMemory<byte> message)
    {
        if (type != WebSocketMessageType.Binary)
            return (null, WireFault.HelloMissing("The first frame must be a hello: binary, channel 16."));
        if (ClientFrames.Read(message, out var frame) is { } fault)
            return (null, fault);
        return frame.Hello is { } hello ? (hello, null) : (null, WireFault.HelloMissing("The first frame must be a hello (channel 16)."));
    }

    /// <summary>Signs of life for who would take silence for a lost connection.</summary>
    internal async Task LiveAsync(CancellationToken over)
    {
        while (WantsHello)
        {
            await Task.Delay(LifePeriod, time, over);
            if (!_hasPosted)
                await PostAsync(ServerFrames.Life, over);
            _hasPosted = false;
        }
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
    /// <param name="ended">The session, when it is over: then that is why.</param>
    internal async Task EndAsync(SessionRecord? ended, CancellationToken over)
    {
        var why = ended?.End is { } end && !OfCommand.Contains(end.Ending, StringComparer.Ordinal) ? end.Ending : null;
        if (why is not null && EndCauses.Of(why) is null)
        {
            var ending = SessionEndingsOf.Over(ended!);
            await CloseAsync(ending.Reason.Code, ending.Reason.CloseText(attempt, ending.Facts), over);
        }
        else if (why is null && Exec.Exit is null)
        {
            await CloseAsync(EndReasons.BackendLost.Code, EndReasons.BackendLost.CloseText(attempt), over);
        }
        else
        {
            await SayExitAsync(why, over);
        }
    }

    private async Task SayExitAsync(string? why, CancellationToken over)
    {
        var now = time.GetUtcNow();
        var code = why is null ? Exec.Exit!.Code : null;
        var cause = why ?? (code is null ? "start_failed" : "exited");
        var exit = new ExitFrame(cause, code, null, _began, now, Math.Round((now - _began).TotalSeconds, 3), _sent[TermChannel.Output] + _sent[TermChannel.Errors], Truncated: false);
        if (why is null && code is null && dialect == TermDialect.Term)
            await PostAsync(ServerFrames.Notice(new NoticeFrame("legacy", Exec.Exit!.Text)), over);
        if (dialect == TermDialect.Term)
            await PostAsync(ServerFrames.Exit(exit), over);
        else if (dialect != TermDialect.Text)
            await PostAsync(ChannelStatus.Frame(exit), over);
        var number = dialect == TermDialect.Text && code is not null ? $"; code={code}" : "";
        await CloseAsync((int)WebSocketCloseStatus.NormalClosure, $"{cause}{number}; retry=never", over);
    }

    internal async Task CloseAsync(int code, string reason, CancellationToken over)
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

    internal Task RefuseAsync(WireFault fault, CancellationToken over) => CloseAsync(fault.Code, HostRefusal.CloseText(fault.Label, "never", attempt.ToString()), over);

    private async Task TakeAsync(ClientFrame frame, CancellationToken over)
    {
        switch (frame.Kind)
        {
            case ClientFrameKind.Input:
                await InputAsync(frame.Bytes, over);
                break;
            case ClientFrameKind.CloseInput when MayWrite && !await Exec.CloseInputAsync(over):
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
    }

    private async Task ResizeAsync(int columns, int rows, CancellationToken over)
    {
        var size = TerminalSize.Clamp(columns, rows);
        if (plan.Record.Tty)
            await Exec.ResizeAsync(size.Columns, size.Rows, over);
    }

    private async Task InputAsync(ReadOnlyMemory<byte> input, CancellationToken over)
    {
        if (!MayWrite)
            return;
        await Exec.WriteAsync(input, over);
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
            _hasPosted = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
