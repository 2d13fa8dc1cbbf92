using System.Net;
using System.Net.Sockets;
using Bascule.Model;
using Bascule.Protocol;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>A small strict echo server on bare sockets, with one <see cref="Fault"/> built in.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    // Longer than any case takes: this side never gives up first.
    private static readonly PeerClock Clock = new(WorkingTime.Shared, TimeSpan.FromMinutes(1));

    private readonly Fault _fault;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    private RawServer(Fault fault, int port)
    {
        _fault = fault;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen();
        Url = new Uri($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/echo");
        _accepting = AcceptAsync();
    }

    internal Uri Url { get; }

    /// <param name="port">0 for any that is free; another one to come back where one died.</param>
    internal static RawServer Start(Fault fault, int port = 0) => new(fault, port);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over, or the server has died as it should.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            await using var peer = await RawPeer.AcceptAsync(socket, null, Clock, _stop.Token);
            if (await UpgradeAsync(peer) is not { } extensions || _fault == Fault.SaysNothing)
                return;
            using var echo = new RawEcho(peer, _fault, extensions.Length > 0, _stop.Token);
            await echo.RunAsync();
            if (echo.IsFatal)
                _listener.Dispose();
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>Null when the request was declined; else what was agreed on, or nothing.</summary>
    private async Task<string?> UpgradeAsync(RawPeer peer)
    {
        var read = await peer.ReadRequestAsync(_stop.Token);
        if (read.Head is not { } head)
        {
            if (read.End == PeerEnd.Unreadable)
                await DeclineAsync(peer, 400);
            return null;
        }

        var ending = WebSocketHandshake.Check(head, out _);
        if (_fault == Fault.SaysNothing || (ending is { } fault && !Overlooks(fault.Reason)))
        {
            await DeclineAsync(peer, ending?.Reason.Status ?? 0);
            return null;
        }

        var answer = HeadText.SwitchingProtocols(_fault == Fault.WrongAcceptKey ? AcceptKey.NewKey() : head.Headers.First("Sec-WebSocket-Key") ?? "");
        if (_fault == Fault.ChoosesSubprotocol)
            answer = answer.With("Sec-WebSocket-Protocol", "mine");
        var extensions = Extensions(head.Headers);
        if (extensions.Length > 0)
            answer = answer.With("Sec-WebSocket-Extensions", extensions);
        await peer.SendAsync(answer, _stop.Token);
        return extensions;
    }

    private bool Overlooks(EndReason reason) =>
        (_fault == Fault.TakesAnyVersion && reason == EndReasons.UnsupportedVersion)
        || (_fault == Fault.TakesAnyMethod && reason == EndReasons.BadMethod)
        || (_fault == Fault.AgreesToAnything && reason == EndReasons.BadExtensions);

    private string Extensions(HeaderList headers) => _fault switch
    {
        Fault.AgreesToUnknownExtension => "x-nobody-knows",
        Fault.AgreesToAnything or Fault.InflatesNothing => headers.Joined("Sec-WebSocket-Extensions") ?? "",
        _ => "",
    };

    private async Task DeclineAsync(RawPeer peer, int status)
    {
        if (_fault == Fault.SaysNothing)
        {
            await peer.ReadToEndAsync(answerClose: false, _stop.Token);
            return;
        }

        var answer = new HeadText($"HTTP/1.1 {(_fault == Fault.AnswersWith500 ? 500 : status)} No", [new("Connection", "close"), new("Content-Length", "0")]);
        await peer.SendAsync(_fault == Fault.NamesNoVersion ? answer : answer.With("Sec-WebSocket-Version", "13"), _stop.Token);
        peer.HalfClose();
        await peer.ReadToEndAsync(answerClose: false, _stop.Token);
    }
}
