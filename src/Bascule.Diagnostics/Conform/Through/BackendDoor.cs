using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Bascule.Model;

namespace Bascule.Diagnostics;

/// <summary>A request that came to the back end, and the end of the connection that it came on.</summary>
internal sealed record BackendCall(RawPeer Peer, RequestHead Head) : IAsyncDisposable
{
    /// <summary>A gateway passes the end of a client on at once, unless it has much to do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Of what comes behind the end; a gateway may go on with its pings.</summary>
    private const int MostPieces = 64;

    /// <summary>The client is gone: waits until the gateway says so, and answers what it says, a close frame for example, by the end.</summary>
    internal async Task LeaveAsync()
    {
        // The gateway said it already, and waits for this.
        if (Peer.GotClose)
            Peer.HalfClose();
        for (var pieces = 0; pieces < MostPieces && await Peer.ReceiveAsync(Patience, CancellationToken.None) == PeerEnd.None; pieces++)
            Peer.HalfClose();
        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}

/// <summary>The listener behind what is tested. A request carries the token of its case and is handed to it; strangers, as health checks are, get a plain 200.</summary>
internal sealed class BackendDoor(IPEndPoint address, PeerClock clock) : IAsyncDisposable
{
    /// <summary>The header field that carries the token.</summary>
    internal const string TokenField = "X-Bascule-Case";

    private readonly ConcurrentDictionary<string, TaskCompletionSource<BackendCall>> _expected = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<RawPeer, Task> _visits = new();
    private readonly CancellationTokenSource _end = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    private static ReadOnlySpan<byte> AnswerForStrangers => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 15\r\nConnection: close\r\n\r\nbascule conform"u8;

    /// <summary>Where it listens; once it was open, with the port that the system chose in the place of 0.</summary>
    internal IPEndPoint Address { get; private set; } = address;

    /// <exception cref="SocketException">The address is taken, or none of this machine.</exception>
    internal void Open()
    {
        var listener = new Socket(Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Without it a case could not close the door and open it again: old connections still hold the port.
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(Address);
            listener.Listen();
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        Address = (IPEndPoint)listener.LocalEndPoint!;
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    /// <summary>From now on connections are refused, as when a back end is down.</summary>
    internal async Task CloseAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
    }

    /// <summary>The request that will carry this token. Armed before the client connects.</summary>
    internal Task<BackendCall> Expect(string token) =>
        _expected.GetOrAdd(token, _ => new TaskCompletionSource<BackendCall>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>The request came, and is the caller's to end.</summary>
    internal void Taken(string token) => _expected.TryRemove(token, out _);

    /// <summary>Ends the wait for a token. A request that came and was not taken is closed.</summary>
    internal async Task ForgetAsync(string token)
    {
        if (_expected.TryRemove(token, out var waiting) && !waiting.TrySetCanceled())
            await (await waiting.Task).DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        foreach (var token in _expected.Keys)
            await ForgetAsync(token);
        await _end.CancelAsync();
        foreach (var visit in _visits.Values)
            await visit;
        _end.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var visitor = await RawPeer.AcceptAsync(await listener.AcceptAsync(_end.Token), certificate: null, clock, _end.Token);
                _visits[visitor] = MeetAsync(visitor);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Closed; or a visitor that was gone before it was taken, whose case sees that nothing came.
                if (_listener != listener)
                    return;
            }
        }
    }

    /// <summary>Reads the head and hands the visitor over, or answers a stranger.</summary>
    private async Task MeetAsync(RawPeer visitor)
    {
        // The visit is on the list before it is taken off.
        await Task.Yield();
        var handed = false;
        try
        {
            RequestRead request;
            do
            {
                // A connection that says nothing waits: gateways open some ahead.
                request = await visitor.ReadRequestAsync(_end.Token);
            }
            while (request.End == PeerEnd.Silent);
            handed = request.Head is { } head && Hand(new BackendCall(visitor, head));
            if (request.Head is not null && !handed)
                await visitor.SendAsync(AnswerForStrangers.ToArray(), _end.Token);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The run is over.
        }
        finally
        {
            if (!handed)
                await visitor.DisposeAsync();
            _visits.TryRemove(visitor, out _);
        }
    }

    private bool Hand(BackendCall call) =>
        call.Head.Headers.First(TokenField) is { } token && _expected.TryGetValue(token, out var waiting) && waiting.TrySetResult(call);
}
