using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Bascule.Hub;

/// <summary>The sending of what a socket did not take at once. Kept by the send loop between uses: only clients that are slow at the moment have one.</summary>
internal sealed class SendRest() : SocketAsyncEventArgs(true)
{
    private ClientSender? _sender;

    /// <returns>False when it is done already; <see cref="SocketAsyncEventArgs.SocketError"/> says how.</returns>
    internal bool Start(ClientSender sender, Socket socket, ReadOnlyMemory<byte> bytes)
    {
        _sender = sender;
        // It is only read from.
        SetBuffer(MemoryMarshal.AsMemory(bytes));
        return socket.SendAsync(this);
    }

    internal void Forget()
    {
        _sender = null;
        SetBuffer(Memory<byte>.Empty);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => _sender!.WriteDone();
}
