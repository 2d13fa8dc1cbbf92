using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bascule.Testing;

/// <summary>Takes connections at a wss address, but speaks no TLS: says its words when the first bytes have come, and ends the connection.</summary>
public sealed class PlainTalker : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public PlainTalker(string words)
    {
        _listener.Start();
        Talking = TalkAsync(Encoding.ASCII.GetBytes(words));
    }

    public Uri Url => new($"wss://{_listener.LocalEndpoint}/");

    /// <summary>Done when the first connection is over.</summary>
    public Task Talking { get; }

    public void Dispose() => _listener.Dispose();

    private async Task TalkAsync(byte[] words)
    {
        using var socket = await _listener.AcceptSocketAsync();
        await socket.ReceiveAsync(new byte[4096], SocketFlags.None);
        await socket.SendAsync(words, SocketFlags.None);
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(new byte[4096], SocketFlags.None);
    }
}
