using System.Net;
using System.Net.Sockets;
using System.Text;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Relay.Tests;

/// <summary>A back end that takes one connection, reads the upgrade request and then does what the test says.</summary>
internal sealed class ScriptedBackend : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private Socket? _connection;

    internal ScriptedBackend(int backlog = 10)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(backlog);
    }

    internal Uri Address => new($"http://{_listener.LocalEndPoint}");

    /// <summary>Head of the request as it came, once it was taken.</summary>
    internal string Request { get; private set; } = "";

    internal Socket Connection => _connection!;

    /// <summary>The answer that every rule wants, up to the empty line.</summary>
    internal string Accept => $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {AcceptKey.Compute(Field("Sec-WebSocket-Key"))}\r\n";

    internal static DialTarget To(Uri node, UpgradeOffer? offer = null, bool insecureTls = false)
    {
        var headers = new HeaderList();
        headers.Add("X-Bascule-Attempt", "test");
        return new DialTarget(node, insecureTls, "/ws?a=1", headers, offer ?? new UpgradeOffer(null, [], [], null));
    }

    internal string Field(string name) => Request.Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();

    internal async Task<Socket> TakeAsync()
    {
        _connection = await _listener.AcceptAsync().Soon();
        // What is sent is on its way before a reset destroys what is not.
        _connection.NoDelay = true;
        return _connection;
    }

    internal async Task TakeRequestAsync()
    {
        await TakeAsync();
        while (!Request.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            Request += Encoding.Latin1.GetString(_buffer, 0, await Connection.ReceiveAsync(_buffer).Soon());
    }

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await Connection.SendAsync(bytes).Soon()..];
    }

    internal void Finish() => Connection.Shutdown(SocketShutdown.Send);

    internal void Cut()
    {
        Connection.LingerState = new LingerOption(true, 0);
        Connection.Close();
    }

    /// <summary>The gateway has let go of the connection: nothing was left open.</summary>
    internal async Task SeesEndAsync()
    {
        try
        {
            while (await Connection.ReceiveAsync(_buffer).Soon() > 0)
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
        _connection?.Dispose();
        _listener.Dispose();
    }
}
