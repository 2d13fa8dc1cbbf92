using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Bascule.Relay;

namespace Bascule.Gateway;

/// <summary>The far end of one probe: a WebSocket server in memory that says hello, then echoes.</summary>
internal sealed class ProbeEcho : IAsyncDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly CancellationTokenSource _cut = new();
    private readonly Task _echoing;

    internal ProbeEcho(byte[] hello)
    {
        // Pipes hold 64 KiB each at most, then their writer waits.
        var up = new Pipe();
        var down = new Pipe();
        Endpoint = new RelayEndpoint(new PipeEnd(down.Reader, up.Writer, _cut.Token), _cut.Cancel);
        _echoing = EchoAsync(new PipeEnd(up.Reader, down.Writer, _cut.Token), hello);
    }

    /// <summary>The relay's end.</summary>
    internal RelayEndpoint Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        await _echoing;
        _cut.Dispose();
    }

    private static async Task EchoAsync(PipeEnd end, byte[] hello)
    {
        // The relay sends the pings, to both ends.
        using var socket = WebSocket.CreateFromStream(end, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        try
        {
            await socket.SendAsync(hello.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            while (await EchoPieceAsync(socket))
            {
                // Until the client closes.
            }

            await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.Empty, socket.CloseStatusDescription, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The relay ended it, or the client broke the protocol inside a message: the relay says which, in its log line.
            return;
        }
        finally
        {
            await end.CompleteAsync();
        }
    }

    /// <summary>Sends back a piece as it comes, so that messages of any size need one small buffer; an idle probe holds none. False at the close frame.</summary>
    private static async Task<bool> EchoPieceAsync(WebSocket socket)
    {
        var waiting = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        if (waiting.MessageType == WebSocketMessageType.Close)
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (piece.MessageType == WebSocketMessageType.Close)
                return false;
            await socket.SendAsync(buffer.AsMemory(0, piece.Count), piece.MessageType, piece.EndOfMessage, CancellationToken.None);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
