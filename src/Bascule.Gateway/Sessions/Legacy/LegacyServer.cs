using System.Net.WebSockets;
using Bascule.Model;
using Bascule.Sessions;
using Bascule.Sessions.Kubernetes;
using Bascule.Terminal;

namespace Bascule.Gateway;

/// <summary>Serves a client of a session whose pod has no agent: it gets a command of its own by the API server's exec.</summary>
/// <remarks>Nothing can be resumed: the protocol of the exec has no way back to a command that runs.</remarks>
internal sealed class LegacyServer : IAsyncDisposable
{
    /// <summary>Clients of Kubernetes write what they have in one message; contract/terminal.md.</summary>
    private const int MostMessageBytes = 1 << 20;

    private const int PieceBytes = 16 * 1024;

    /// <summary>What the place of such a session ends with, where others have the address of their agent.</summary>
    private const string ExecPath = "/exec";

    private static readonly TimeSpan HelloWait = TimeSpan.FromSeconds(10);

    private readonly MemoryStream _message = new();
    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly OpenSessions _open;
    private readonly SessionPlan _plan;
    private readonly AttemptId _attempt;
    private readonly TimeProvider _time;
    private readonly WebSocket _socket;
    private readonly LegacyTalk _talk;

    /// <param name="end">The server's end of a connection whose handshake is over.</param>
    internal LegacyServer(OpenSessions open, Stream end, TermDialect dialect, SessionPlan plan, AttemptId attempt, TimeProvider time)
    {
        (_open, _plan, _attempt, _time) = (open, plan, attempt, time);
        _socket = WebSocket.CreateFromStream(end, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        _talk = new LegacyTalk(dialect, _socket, plan, attempt, time);
    }

    internal static bool Serves(SessionRecord record) =>
        record.Place is { Runner: KubernetesRunner.RunnerName, Url: { } url } && url.AbsolutePath.EndsWith(ExecPath, StringComparison.Ordinal);

    /// <exception cref="WebSocketException">One of the two ends broke.</exception>
    internal async Task RunAsync(SessionRecord record, CancellationToken cut)
    {
        // 1. Who it is that asks, before anything is started for him.
        var hello = _talk.WantsHello ? await HelloAsync(cut) : null;
        if (_talk.WantsHello && hello is null)
            return;
        if (Refusal(record, hello) is { } refusal)
        {
            await SayAsync(refusal, cut);
            return;
        }

        // 2. A command of his own.
        var (exec, failed) = await ExecAsync(record, cut);
        if (failed is { } ending)
        {
            await SayAsync(ending, cut);
            return;
        }

        await using (exec)
            await ServeAsync(exec!, hello, cut);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _talk.Dispose();
        _message.Dispose();
        return ValueTask.CompletedTask;
    }

    private Ending? Refusal(SessionRecord record, HelloFrame? hello)
    {
        if (_plan.Role != TerminalTerms.Write)
            return new Ending(EndReasons.SessionForbidden, "its pod has no agent: there is nothing to look at, since each client runs the command anew");
        // A command, unlike a shell, may do harm when it runs twice.
        return !record.Tty && hello?.Incarnation is not null
            ? new Ending(EndReasons.SessionOver, "its pod has no agent: the command went on without the connection that was lost, and how it ended is not known. It is not run again")
            : null;
    }

    private async Task<(PodExec? Exec, Ending? Failed)> ExecAsync(SessionRecord record, CancellationToken cut)
    {
        var kubernetes = _open.Kubernetes!;
        var order = new PodExecOrder(kubernetes.Namespace, record.Place!.Host, record.Command) { Tty = record.Tty };
        var (exec, error) = await PodExec.OpenAsync(kubernetes.Client, order, _time, cut);
        return error is null ? (exec, null) : (null, new Ending(error.Status == 0 ? EndReasons.BackendUnreachable : EndReasons.BackendRefused, $"the exec of Kubernetes: {error.Message}"));
    }

    private async Task ServeAsync(PodExec exec, HelloFrame? hello, CancellationToken cut)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cut);
        await _talk.BeginAsync(exec, hello, over.Token);
        var taking = TakeAsync(over.Token);
        var giving = GiveAsync(exec, over.Token);
        var living = _talk.LiveAsync(over.Token);
        try
        {
            await await Task.WhenAny(taking, giving);
            // The command is over: the client answers our close frame. Or the client has left: nobody reads what the command prints.
            if (giving.IsCompleted)
                await taking;
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(taking, giving, living).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The first frame; null when there was none, and the client has left.</summary>
    private async Task<HelloFrame?> HelloAsync(CancellationToken cut)
    {
        using var read = CancellationTokenSource.CreateLinkedTokenSource(cut);
        var reading = ReadAsync(cut);
        var waiting = Task.Delay(HelloWait, _time, read.Token);
        await Task.WhenAny(reading, waiting);
        await read.CancelAsync();
        HelloFrame? hello = null;
        var fault = WireFault.HelloMissing($"No hello came within {HelloWait.TotalSeconds:0} s.");
        if (reading.IsCompleted)
        {
            var (type, unread) = await reading;
            if (type is not { } kind)
                return null;
            (hello, fault) = unread is null ? LegacyTalk.ReadHello(kind, _message.ToArray()) : (null, unread);
            if (fault is null)
                return hello;
            reading = ReadAsync(cut);
        }

        await _talk.RefuseAsync(fault, cut);
        await LeaveAsync(reading, cut);
        return null;
    }

    private async Task SayAsync(Ending ending, CancellationToken cut)
    {
        await _talk.CloseAsync(ending.Reason.Code, ending.Reason.CloseText(_attempt, ending.Facts), cut);
        await LeaveAsync(ReadAsync(cut), cut);
    }

    /// <summary>Until the client has answered our close frame.</summary>
    private async Task LeaveAsync(Task<(WebSocketMessageType? Type, WireFault? Fault)> reading, CancellationToken cut)
    {
        while ((await reading).Type is not null)
            reading = ReadAsync(cut);
    }

    /// <summary>What the client sends, until it closes.</summary>
    private async Task TakeAsync(CancellationToken over)
    {
        while (true)
        {
            var (type, fault) = await ReadAsync(over);
            if (fault is null && type is { } kind)
                fault = await _talk.TakeAsync(kind, _message.ToArray(), over);
            else if (fault is null)
                return;
            if (fault is not null)
            {
                await _talk.RefuseAsync(fault, over);
                return;
            }
        }
    }

    /// <summary>One message of the client; no type: it has closed, and was answered.</summary>
    private async Task<(WebSocketMessageType? Type, WireFault? Fault)> ReadAsync(CancellationToken over)
    {
        _message.SetLength(0);
        while (true)
        {
            var read = await _socket.ReceiveAsync(_piece.AsMemory(), over);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                if (_socket.State == WebSocketState.CloseReceived)
                    await _socket.CloseOutputAsync(_socket.CloseStatus ?? WebSocketCloseStatus.Empty, _socket.CloseStatusDescription, over);
                return (null, null);
            }

            _message.Write(_piece, 0, read.Count);
            if (_message.Length > MostMessageBytes)
                return (read.MessageType, WireFault.TooBig);
            if (read.EndOfMessage)
                return (read.MessageType, null);
        }
    }

    /// <summary>What the command prints, then how it ended.</summary>
    private async Task GiveAsync(PodExec exec, CancellationToken over)
    {
        var piece = new byte[PieceBytes];
        while (await exec.ReadAsync(piece, over) is { } read)
            await _talk.SendAsync(read.Channel == ExecChannel.Errors ? TermChannel.Errors : TermChannel.Output, piece.AsMemory(0, read.Count), over);
        await _talk.EndAsync(await EndOfSessionAsync(over), over);
    }

    private async Task<SessionRecord?> EndOfSessionAsync(CancellationToken over)
    {
        try
        {
            return await _open.Desk.FindAsync(_plan.Record.Id, over) is { State: SessionState.Ended } ended ? ended : null;
        }
        catch (SessionStoreException)
        {
            // What the exec said is all that is known.
            return null;
        }
    }
}
