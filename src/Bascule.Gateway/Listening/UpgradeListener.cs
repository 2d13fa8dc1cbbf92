using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Bascule.Protocol;
using Bascule.Relay;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Accepts connections of one plain address, and sorts them by their first bytes, which it only looks at.</summary>
internal sealed class UpgradeListener : IConnectionListener
{
    /// <summary>net.core.somaxconn of Linux since 5.4; the kernel takes the smaller of the two.</summary>
    private const int Backlog = 4096;

    /// <summary>A larger head goes to Kestrel, which has its own limit of 32 KiB and says so.</summary>
    private const int PeekBytes = 8 * 1024;

    private readonly Socket _listening;
    private readonly UpgradeTaker _taker;
    private readonly bool _proxyProtocol;
    private readonly SocketConnectionContextFactory _forKestrel;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Channel<ConnectionContext> _others = Channel.CreateBounded<ConnectionContext>(Backlog);
    private readonly CancellationTokenSource _unbound = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _sorting = [];
    private readonly TaskCompletionSource _allSorted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;
    private bool _closed;

    private UpgradeListener(Socket listening, bool proxyProtocol, UpgradeTaker taker, ILoggerFactory logs, TimeProvider time)
    {
        _proxyProtocol = proxyProtocol;
        _listening = listening;
        _taker = taker;
        _time = time;
        _log = logs.CreateLogger<UpgradeListener>();
        _forKestrel = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), logs.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"));
        EndPoint = listening.LocalEndPoint!;
        _accepting = AcceptAllAsync();
    }

    public EndPoint EndPoint { get; }

    /// <exception cref="AddressInUseException">Kestrel reports it with the address.</exception>
    internal static UpgradeListener Open(PlainEndPoint endpoint, UpgradeTaker taker, ILoggerFactory logs, TimeProvider time)
    {
        try
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(Backlog);
            return new UpgradeListener(socket, endpoint.ProxyProtocol, taker, logs, time);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }
    }

    /// <summary>The next connection that is Kestrel's business; null after the listener was closed.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _others.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_others.Reader.TryRead(out var connection))
                return connection;
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync();
        _listening.Dispose();
        await _accepting;
        _others.Writer.TryComplete();
    }

    /// <summary>Cuts what is still being sorted or served on a socket of ours, and awaits its end.</summary>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        lock (_gate)
        {
            _closed = true;
            foreach (var socket in _sorting)
                socket.Dispose();
            if (_sorting.Count == 0)
                _allSorted.TrySetResult();
        }

        await _allSorted.Task;
        _forKestrel.Dispose();
        _unbound.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        while (!_unbound.IsCancellationRequested)
        {
            try
            {
                var socket = await _listening.AcceptAsync(_unbound.Token);
                socket.NoDelay = true;
                // Owned by the set: DisposeAsync awaits its end.
                _ = SortAsync(socket);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // The client left before it was taken, or descriptors ran out: the next one may succeed.
                _log.AcceptFailed(e.SocketErrorCode);
                if (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                    await Task.Delay(TimeSpan.FromMilliseconds(100), _time, _unbound.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Never throws.</summary>
    private async Task SortAsync(Socket socket)
    {
        // Off the thread that accepts: it may be the one that serves the open connections.
        await Task.Yield();
        lock (_gate)
            _sorting.Add(socket);
        var keep = false;
        var stream = new SocketStream(socket);
        try
        {
            if (await RemoteAsync(stream) is not { } remote)
                return;
            var client = await LookAsync(stream, remote);
            if (client is null)
            {
                stream.Detach();
                var connection = _forKestrel.Create(socket);
                connection.RemoteEndPoint = remote;
                await _others.Writer.WriteAsync(connection, _unbound.Token);
                keep = true;
            }
            else
            {
                using (client)
                    await _taker.Path.RunAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or ChannelClosedException)
        {
            _log.LeftUnasked(e.Message);
        }
        finally
        {
            if (!keep)
                await stream.DisposeAsync();
            Leave(socket);
        }
    }

    private void Leave(Socket socket)
    {
        lock (_gate)
        {
            _sorting.Remove(socket);
            if (_closed && _sorting.Count == 0)
                _allSorted.TrySetResult();
        }
    }

    /// <summary>The client: the peer, or whom its PROXY protocol header names. Null, and logged, when it may not speak here.</summary>
    private async Task<IPEndPoint?> RemoteAsync(SocketStream stream)
    {
        if (!_proxyProtocol)
            return stream.Socket.RemoteEndPoint as IPEndPoint;
        _taker.Watch.Quiet(stream.Socket);
        var (client, fault) = await ProxyIntake.ReadAsync(stream, _taker.Proxies());
        _taker.Watch.Remove(stream.Socket);
        if (fault is not null)
            _log.ProxyHeaderRefused(fault);
        return client;
    }

    /// <summary>Waits for the first bytes and looks at them.</summary>
    /// <returns>A client that asks for a WebSocket, its head taken off the socket; null when it is for Kestrel, nothing taken.</returns>
    private async Task<SocketHandshake?> LookAsync(SocketStream stream, IPEndPoint remote)
    {
        var socket = stream.Socket;
        _taker.Watch.Quiet(socket);
#pragma warning disable CA2022, MA0060 // A zero-byte read only waits until bytes are there.
        await stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2022, MA0060
        _taker.Watch.Remove(socket);
        // An end, a reset, or a wake-up for nothing: a look would wait in place, on a thread that serves others. Kestrel knows what to do.
        if (socket.Available == 0)
            return null;

        var buffer = ArrayPool<byte>.Shared.Rent(PeekBytes);
        try
        {
            var seen = socket.Receive(buffer.AsSpan(0, PeekBytes), SocketFlags.Peek);
            var read = RequestHeadParser.TryParse(buffer.AsSpan(0, seen), PeekBytes, "http", out var head, out var consumed);
            if (read != HeadRead.Complete || !WebSocketHandshake.IsAttempt(head!) || head!.Headers.First("Content-Length") is not null || head.Headers.First("Transfer-Encoding") is not null)
                return null;
            socket.Receive(buffer.AsSpan(0, consumed));
            return new SocketHandshake(stream, head!, remote, _taker, _time);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
