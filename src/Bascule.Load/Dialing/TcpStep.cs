using System.Net;
using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Connects to the first address that takes it.</summary>
internal static class TcpStep
{
    // linux/in.h. The port is chosen when the other end is known, so that one local port serves several of them: else a bound address has 28,000 ports in all.
    private const int IpLevel = 0;
    private const int BindAddressNoPort = 24;

    /// <returns>A socket, or the failure of the address that was tried last.</returns>
    internal static async Task<(Socket? Socket, LoadFailure? Failure)> ConnectAsync(HostAddresses addresses, DialOrder order, DialWatch watch)
    {
        LoadFailure? failure = null;
        for (var turn = 0; turn < addresses.Count; turn++)
        {
            var (index, address) = addresses[turn];
            if (order.Source is { } source && source.AddressFamily != address.AddressFamily)
            {
                failure ??= new LoadFailure(FailureClasses.TcpUnreachable, $"{address} cannot be reached from {source}, which is of another family");
                continue;
            }

            var (socket, failed) = await TryAsync(new IPEndPoint(address, order.Url.Port), order, watch);
            if (socket is not null)
                addresses.Prefer(index);
            if (failed is null || watch.IsOver || DialFailures.IsLocal(failed))
                return (socket, failed);
            failure = failed;
        }

        return (null, failure);
    }

    private static async Task<(Socket? Socket, LoadFailure? Failure)> TryAsync(IPEndPoint to, DialOrder order, DialWatch watch)
    {
        Socket? socket = null;
        try
        {
            socket = Open(to, order);
            watch.Guard(socket);
            await socket.ConnectAsync(to, CancellationToken.None);
            if (!IsConnectedToItself(socket, to))
                return (socket, null);
            socket.Dispose();
            return (null, DialFailures.OfConnect(new SocketException((int)SocketError.ConnectionRefused), $"{to}"));
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            return (null, watch.IsOver ? Late(to, order) : DialFailures.OfConnect(e, order.Source is null ? $"{to}" : $"{to} from {order.Source}"));
        }
        catch (ObjectDisposedException)
        {
            // Only the watch closes it here.
            return (null, Late(to, order));
        }
    }

    private static LoadFailure Late(IPEndPoint to, DialOrder order) => new(FailureClasses.TcpTimeout, $"{to}: no TCP connection within {order.Limit.TotalSeconds:0.###} s");

    private static Socket Open(IPEndPoint to, DialOrder order)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (order.ReceiveBuffer is { } bytes)
                socket.ReceiveBufferSize = bytes;
            if (order.Source is { } source)
            {
                if (OperatingSystem.IsLinux())
                    socket.SetRawSocketOption(IpLevel, BindAddressNoPort, BitConverter.GetBytes(1));
                socket.Bind(new IPEndPoint(source, 0));
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Linux lets a socket connect to itself when nobody listens at a port and that very port is chosen for it: rare, but not among thousands of attempts.</summary>
    private static bool IsConnectedToItself(Socket socket, IPEndPoint to) => IPAddress.IsLoopback(to.Address) && to.Equals(socket.LocalEndPoint);
}
