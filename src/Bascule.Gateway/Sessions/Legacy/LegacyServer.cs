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

    private readonly PodExec _exec;
    private readonly LegacyTalk _talk;
    private readonly WebSocket _socket;

    /// <param name="end">The server's end of a connection whose handshake is over.</param>
    internal LegacyServer(PodExec exec, Stream end, TermDialect dialect, SessionPlan plan, AttemptId attempt, TimeProvider time)
    {
        _exec = exec;
        _socket = WebSocket.CreateFromStream(end, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        _talk = new LegacyTalk(dialect, exec, _socket, plan, attempt, time);
    }

    internal static bool Serves(SessionRecord record) =>
        record.Place is { Runner: KubernetesRunner.RunnerName, Url: { } url } && url.AbsolutePath.EndsWith(ExecPath, StringComparison.Ordinal);

    internal static async Task<(PodExec? Exec, Ending? Refusal)> OpenAsync(KubernetesRunner runner, SessionRecord record, TimeProvider time, CancellationToken cancellation)
    {
        var order = new PodExecOrder(runner.Namespace, record.Place!.Host, record.Command) { Tty = record.Tty };
        var (exec, error) = await PodExec.OpenAsync(runner.Client, order, time, cancellation);
        if (error is null)
            return (exec, null);
        return (null, new Ending(error.Status == 0 ? EndReasons.BackendUnreachable : EndReasons.BackendRefused, $"the exec of Kubernetes: {error.Message}"));
    }

    /// <exception cref="WebSocketException">One of the two ends broke.</exception>
    internal async Task RunAsync(CancellationToken cut)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cut);
        var taking = TakeAsync(over.Token);
        var giving = GiveAsync(over.Token);
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
            await Task.WhenAll(taking, giving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _talk.Dispose();
        await _exec.DisposeAsync();
    }

    /// <summary>What the client sends, until it closes.</summary>
    private async Task TakeAsync(CancellationToken over)
    {
        using var message = new MemoryStream();
        var piece = new byte[PieceBytes];
        while (true)
        {
            var read = await _socket.ReceiveAsync(piece.AsMemory(), over);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                if (_socket.State == WebSocketState.CloseReceived)
                    await _socket.CloseOutputAsync(_socket.CloseStatus ?? WebSocketCloseStatus.Empty, _socket.CloseStatusDescription, over);
                return;
            }

            message.Write(piece, 0, read.Count);
            if (message.Length > MostMessageBytes)
            {
                await _talk.RefuseAsync(WireFault.TooBig, over);
                return;
            }

            if (!read.EndOfMessage)
                continue;
            if (await _talk.TakeAsync(read.MessageType, message.ToArray(), over) is { } fault)
            {
                await _talk.RefuseAsync(fault, over);
                return;
            }

            message.SetLength(0);
        }
    }

    /// <summary>What the command prints, then how it ended.</summary>
    private async Task GiveAsync(CancellationToken over)
    {
        await _talk.BeginAsync(over);
        var piece = new byte[PieceBytes];
        while (await _exec.ReadAsync(piece, over) is { } read)
            await _talk.SendAsync(read.Channel == ExecChannel.Errors ? TermChannel.Errors : TermChannel.Output, piece.AsMemory(0, read.Count), over);
        await _talk.EndAsync(over);
    }
}
