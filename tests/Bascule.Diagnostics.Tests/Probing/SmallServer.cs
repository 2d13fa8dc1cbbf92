using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>One request on a connection of a <see cref="SmallServer"/>.</summary>
/// <param name="Number">How many connections came before it.</param>
internal sealed record Asked(RawPeer Peer, RequestHead Head, int Number, CancellationToken Stop)
{
    internal bool IsUpgrade => "websocket".Equals(Head.Headers.First("Upgrade"), StringComparison.OrdinalIgnoreCase);

    internal string? Origin => Head.Headers.First("Origin");

    /// <summary>An answer with the length of its body; the connection then ends.</summary>
    internal async Task AnswerAsync(string head, string body = "")
    {
        await SendAsync($"HTTP/1.1 {head}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}");
        Peer.HalfClose();
        await Peer.ReadToEndAsync(answerClose: false, Stop);
    }

    internal Task SendAsync(string bytes) => Peer.SendAsync(Encoding.UTF8.GetBytes(bytes), Stop);

    /// <summary>The 101 that belongs to the key.</summary>
    internal HeadText Accept() => HeadText.SwitchingProtocols(Head.Headers.First("Sec-WebSocket-Key") ?? "");

    internal async Task EchoAsync(HeadText? accept = null)
    {
        await Peer.SendAsync(accept ?? Accept(), Stop);
        using var echo = new RawEcho(Peer, Fault.None, isCompressing: false, Stop);
        await echo.RunAsync();
    }

    /// <summary>Echoes, and answers pings, until a frame of this kind comes.</summary>
    internal async Task EchoUntilAsync(Opcode opcode, Func<Task> then)
    {
        await Peer.SendAsync(Accept(), Stop);
        while ((await Peer.ReadAsync(Stop)).Frame is { } frame)
        {
            if (frame.Opcode == (int)opcode)
            {
                await then();
                return;
            }

            var answer = frame.Opcode == (int)Opcode.Ping ? RawFrame.Pong(frame.Payload) : new RawFrame(frame.Opcode, frame.Payload) { Final = frame.Final };
            await Peer.SendAsync(answer, Stop);
        }
    }
}

/// <summary>A server of a few lines on bare sockets: what it answers is the test's.</summary>
internal sealed class SmallServer : IAsyncDisposable
{
    // Longer than any test takes: this side never gives up first.
    private static readonly PeerClock Clock = new(WorkingTime.Shared, TimeSpan.FromMinutes(1));

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Func<Asked, Task> _serve;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    private SmallServer(Func<Asked, Task> serve, X509Certificate2? certificate, IPEndPoint place)
    {
        (_serve, _certificate) = (serve, certificate);
        _listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(place);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <param name="place">Null for any port of 127.0.0.1.</param>
    internal static SmallServer Start(Func<Asked, Task> serve, X509Certificate2? certificate = null, IPEndPoint? place = null) => new(serve, certificate, place ?? new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Echoes every upgrade, and has a page for everything else.</summary>
    internal static SmallServer Healthy(X509Certificate2? certificate = null) => Start(asked => asked.IsUpgrade ? asked.EchoAsync() : asked.AnswerAsync("200 OK\r\nServer: small", "a page"), certificate);

    internal Uri Url(string host = "127.0.0.1", string path = "/ws") => new($"{(_certificate is null ? "ws" : "wss")}://{host}:{Port}{path}");

    internal Task<ProbeReport> ProbeAsync(string host = "127.0.0.1", Func<ProbeTarget, ProbeTarget>? target = null, Func<ProbeOptions, ProbeOptions>? options = null) =>
        Probes.RunAsync(Url(host), target, options);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections).Soon();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token), _connections.Count));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await Task.Yield();
        try
        {
            await using var peer = await RawPeer.AcceptAsync(socket, _certificate, Clock, _stop.Token);
            var read = await peer.ReadRequestAsync(_stop.Token);
            if (read.Head is { } head)
                await _serve(new Asked(peer, head, number, _stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or CaseBrokenException)
        {
            // The test is over, or the probe went away in the middle of TLS.
        }
    }
}
