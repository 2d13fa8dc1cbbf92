using System.Net.WebSockets;

namespace Bascule.Cli;

/// <summary>The end of a connection that is ours: the other side hears of it, and does not take us for lost.</summary>
internal static class Farewell
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Sends a close frame and reads on until it is answered, but not for long.</summary>
    /// <remarks>A socket that is closed with something unread resets the connection, and a reset may overtake the close frame.</remarks>
    /// <param name="reading">The last read, which may be under way still: there is one at a time.</param>
    internal static async Task SayAsync(ClientWebSocket socket, Task<ValueWebSocketReceiveResult>? reading, TimeProvider time)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            if (reading is not null)
                await reading.WaitAsync(limit.Token);
            var rest = new byte[16 * 1024];
            while (socket.State == WebSocketState.CloseSent)
                await socket.ReceiveAsync(rest.AsMemory(), limit.Token);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The other side has gone already, or does not answer; there is nobody left to tell.
        }
    }
}
