using System.Buffers;
using System.Net.WebSockets;

namespace Bascule.Terminal;

/// <summary>What came from a client.</summary>
internal enum Arrival
{
    Text,
    Binary,

    /// <summary>A message of more bytes than may be; its rest was not read.</summary>
    TooBig,

    /// <summary>A close frame.</summary>
    Closed,

    /// <summary>The connection broke.</summary>
    Lost,
}

/// <summary>The WebSocket of one viewer: whole messages in, one message at a time out, and an end in bounded time.</summary>
internal sealed class ViewerConnection(WebSocket socket, TimeProvider time) : IDisposable
{
    // For the frame that is being sent, and for the other side to answer the close frame.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private byte[]? _buffer;

    /// <summary>Close code of the client, once it has closed.</summary>
    internal WebSocketCloseStatus? ClosedWith => socket.CloseStatus;

    /// <summary>Something was sent since it was set to false.</summary>
    internal bool HasSent { get; set; }

    /// <returns>False when the connection is gone; nobody needs to send more.</returns>
    internal async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> message, WebSocketMessageType type = WebSocketMessageType.Binary)
    {
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
                return false;
            // A cancelled send would break the connection: who must not wait for it aborts.
            await socket.SendAsync(message, type, endOfMessage: true, CancellationToken.None);
            HasSent = true;
            return true;
        }
        catch (Exception e) when (IsLoss(e))
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Waits for the next message. No memory is used while nothing comes.</summary>
    /// <returns>The message lies in a buffer of the connection until the next call.</returns>
    internal async ValueTask<(Arrival Arrival, ReadOnlyMemory<byte> Message)> ReceiveAsync(int mostBytes)
    {
        try
        {
            GiveBack();
            var first = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (first.MessageType == WebSocketMessageType.Close)
                return (Arrival.Closed, default);
            var arrival = first.MessageType == WebSocketMessageType.Text ? Arrival.Text : Arrival.Binary;
            if (first.EndOfMessage)
                return (arrival, default);

            var buffer = _buffer = ArrayPool<byte>.Shared.Rent(mostBytes + 1);
            var length = 0;
            while (length <= mostBytes)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(length, mostBytes + 1 - length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                    return (Arrival.Closed, default);
                length += part.Count;
                if (part.EndOfMessage && length <= mostBytes)
                    return (arrival, buffer.AsMemory(0, length));
            }

            return (Arrival.TooBig, default);
        }
        catch (Exception e) when (IsLoss(e))
        {
            return (Arrival.Lost, default);
        }
    }

    /// <summary>Says why, and sends nothing after it.</summary>
    /// <param name="received">The receiving that goes on until the client has closed.</param>
    internal async Task CloseAsync(int code, string reason, Task received)
    {
        using var over = new CancellationTokenSource(Farewell, time);
        await using var abort = over.Token.Register(static s => ((WebSocket)s!).Abort(), socket);
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync((WebSocketCloseStatus)code, reason, CancellationToken.None);
        }
        catch (Exception e) when (IsLoss(e))
        {
            // Nobody is there who could be told.
        }
        finally
        {
            _sending.Release();
        }

        await received;
    }

    internal void Abort() => socket.Abort();

    public void Dispose()
    {
        GiveBack();
        _sending.Dispose();
    }

    private static bool IsLoss(Exception e) => e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    private void GiveBack()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
