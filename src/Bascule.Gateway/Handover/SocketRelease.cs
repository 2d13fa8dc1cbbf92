using System.Net.Sockets;

namespace Bascule.Gateway;

/// <summary>Gives up this process's hold of a socket that another process has as well, so that nothing of the connection changes and nothing of it is noticed here any more.</summary>
/// <remarks>Disposing alone would not do: the kernel keeps a socket in an epoll set until its last descriptor anywhere is closed, so that .NET's threads would be woken by every packet;
/// and .NET resets the connection (connect to nowhere, or a linger of 0 s) when something of it is in use while it is disposed (docs/decisions/socket-handover.md).</remarks>
public static class SocketRelease
{
    /// <summary>Takes the place of what is let go: whatever .NET still does to the socket happens to this one.</summary>
    private static readonly Socket Nothing = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static readonly Lazy<IReadOnlyList<int>> Sets = new(() => EpollSets.Find());

    /// <summary>For the start of the gateway: finds out whether sockets can be let go here, before the first one is given away.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64, or this runtime waits for its sockets in another way than is known.</exception>
    public static void Prepare()
    {
        SystemCalls.Require();
        _ = Sets.Value;
    }

    /// <summary>Ends the connection for every process that has its socket. The socket is still to be disposed.</summary>
    public static void Cut(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            SystemCalls.Shutdown((int)socket.SafeHandle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            // Cut by somebody else meanwhile.
        }
        finally
        {
            if (held)
                socket.SafeHandle.DangerousRelease();
        }
    }

    /// <summary>The socket is disposed afterwards. No operation of it may be pending; one that is ends as cut.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public static void LetGo(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Prepare();
        var handle = socket.SafeHandle;
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            var descriptor = (int)handle.DangerousGetHandle();
            foreach (var set in Sets.Value)
                SystemCalls.RemoveFromEpoll(set, descriptor);
            if (!SystemCalls.Rename((int)Nothing.SafeHandle.DangerousGetHandle(), descriptor))
                throw new InvalidOperationException($"Descriptor {descriptor} could not be let go.");
        }
        catch (ObjectDisposedException)
        {
            // Cut here meanwhile; the other process sees the connection as that left it.
        }
        finally
        {
            if (held)
                handle.DangerousRelease();
        }

        socket.Dispose();
    }
}
