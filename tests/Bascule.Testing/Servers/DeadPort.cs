using System.Net;
using System.Net.Sockets;

namespace Bascule.Testing;

/// <summary>A port of 127.0.0.1 that takes no connection.</summary>
public sealed class DeadPort : IDisposable
{
    private readonly Socket _bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket? _filler;

    private DeadPort(bool isFull)
    {
        _bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (!isFull)
            return;
        _bound.Listen(0);
        _filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _filler.Connect(_bound.LocalEndPoint!);
    }

    public Uri Url => new($"ws://{_bound.LocalEndPoint}/");

    /// <summary>Nobody listens, and nobody else can take the port meanwhile.</summary>
    public static DeadPort Closed() => new(isFull: false);

    /// <summary>Its accept queue is full: Linux drops what comes, as a firewall does.</summary>
    public static DeadPort Full() => new(isFull: true);

    public void Dispose()
    {
        _filler?.Dispose();
        _bound.Dispose();
    }
}
