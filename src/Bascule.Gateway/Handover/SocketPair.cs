using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>Two sockets that are each other's peers: one to be handed over in place of a client's own, which is under TLS or HTTP/2.</summary>
internal static class SocketPair
{
    /// <exception cref="SocketException">This process has no free descriptor.</exception>
    internal static (Socket Near, Socket Far) Make()
    {
        SystemCalls.Require();
        var (near, far) = SystemCalls.MakePair();
        return (new Socket(new SafeSocketHandle(near, ownsHandle: true)), new Socket(new SafeSocketHandle(far, ownsHandle: true)));
    }
}
