using System.Net;
using System.Net.Sockets;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Gateway.Tests;

/// <summary>A back end without manners of its own: a test takes each connection and does with it what it likes.</summary>
internal sealed class RawBackend : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="listens">False: it only holds its port, so that every connection to it is refused.</param>
    internal RawBackend(bool listens = true)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (listens)
            _listener.Listen(1024);
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    internal string Url => $"http://127.0.0.1:{Port}";

    internal string TlsUrl => $"https://127.0.0.1:{Port}";

    internal string Name => $"127.0.0.1:{Port}";

    /// <summary>A connection is there that was not accepted yet.</summary>
    internal bool IsAsked => _listener.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    internal Socket Accept() => _listener.Accept();

    internal async Task<Wire> AcceptAsync() => new(await _listener.AcceptAsync().Soon());

    /// <summary>Takes the next connection and agrees to its upgrade.</summary>
    internal async Task<Wire> UpgradeAsync(string? subprotocol = null) => (await AskedAsync(subprotocol)).Wire;

    /// <summary>The same, with what it was asked.</summary>
    internal async Task<(Wire Wire, MessageHead Request)> AskedAsync(string? subprotocol = null)
    {
        var wire = await AcceptAsync();
        var request = await wire.ReadHeadAsync();
        await wire.SendAsync(Agreement(request, subprotocol));
        return (wire, request);
    }

    internal static string Agreement(MessageHead request, string? subprotocol = null) =>
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Accept: {AcceptKey.Compute(request.Field("Sec-WebSocket-Key")!)}\r\n"
        + (subprotocol is null ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n")
        + "\r\n";

    /// <summary>Takes the next connection, reads the request, and gives this answer.</summary>
    internal async Task<Wire> AnswerAsync(string answer)
    {
        var wire = await AcceptAsync();
        await wire.ReadHeadAsync();
        await wire.SendAsync(answer);
        return wire;
    }

    public void Dispose() => _listener.Dispose();
}
