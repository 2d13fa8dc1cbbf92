using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A back end that takes many connections; the test says what happens on each.</summary>
internal sealed class WaitingBackend : IDisposable
{
    private readonly Socket _listener;
    private readonly List<Socket> _taken = [];

    internal WaitingBackend(IPAddress? address = null, int port = 0, int backlog = 100)
    {
        address ??= IPAddress.Loopback;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(backlog);
    }

    internal IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    internal int Port => EndPoint.Port;

    internal NodeAddress Http => new(new Uri($"http://127.0.0.1:{Port}"), InsecureTls: false);

    internal NodeAddress Https => new(new Uri($"https://127.0.0.1:{Port}"), InsecureTls: true);

    /// <summary>A connection waits to be taken.</summary>
    internal bool HasNext => _listener.Poll(0, SelectMode.SelectRead);

    internal async Task<Socket> TakeAsync()
    {
        var socket = await _listener.AcceptAsync().Soon();
        socket.NoDelay = true;
        _taken.Add(socket);
        return socket;
    }

    internal async Task<SslStream> TakeSecureAsync(X509Certificate2 certificate)
    {
        var secured = new SslStream(new NetworkStream(await TakeAsync()));
        await secured.AuthenticateAsServerAsync(certificate).Soon();
        return secured;
    }

    /// <summary>Reads the head of a request.</summary>
    internal static async Task<string> ReadAsync(Stream stream)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer).Soon();
            Assert.True(read > 0, "The connection ended; a request was expected.");
            request.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return request.ToString();
    }

    /// <summary>Reads an upgrade request and answers with 101.</summary>
    internal static async Task<string> AcceptAsync(Stream stream)
    {
        var request = await ReadAsync(stream);
        var key = request.Split("\r\n").Single(line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))[19..];
        var answer = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {AcceptKey.Compute(key)}\r\n\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
        return request;
    }

    internal static async Task<string> AcceptAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket);
        return await AcceptAsync(stream);
    }

    /// <summary>The gateway let go of the connection, with whatever it had sent before.</summary>
    internal static async Task SeesEndAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer).Soon() > 0)
            {
                // What was sent before the end does not matter here.
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return;
        }
    }

    public void Dispose()
    {
        foreach (var socket in _taken)
            socket.Dispose();
        _listener.Dispose();
    }
}
