using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;

namespace Bascule.Testing;

/// <summary>A WebSocket server on a free port of 127.0.0.1 that does one thing wrong, or nothing. Knows nothing of the code under test but RFC 6455.</summary>
public sealed class BrokenServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _pongs = Channel.CreateUnbounded<string>();
    private readonly Channel<string> _ends = Channel.CreateUnbounded<string>();
    private readonly Func<int, ServerScript> _scriptOf;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private int _accepted;
    private int _messages;

    private BrokenServer(Func<int, ServerScript> scriptOf, X509Certificate2? certificate)
    {
        (_scriptOf, _certificate) = (scriptOf, certificate);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address { get; }

    /// <summary><c>ws://127.0.0.1:PORT/</c>, or wss with a certificate.</summary>
    public Uri Url => new($"{(_certificate is null ? "ws" : "wss")}://{Address}/");

    /// <summary>Connections that were made so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Where the newest connection came from.</summary>
    public IPEndPoint? LastPeer { get; private set; }

    /// <summary>Connections that are not over.</summary>
    public int Open => _connections.Count;

    /// <summary>Messages that it was sent so far.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public static BrokenServer Start(Behaviour behaviour, X509Certificate2? certificate = null) => Start(new ServerScript(behaviour), certificate);

    public static BrokenServer Start(ServerScript script, X509Certificate2? certificate = null) => Start(_ => script, certificate);

    /// <param name="scriptOf">What is done to each connection; the first is number 0.</param>
    public static BrokenServer Start(Func<int, ServerScript> scriptOf, X509Certificate2? certificate = null) => new(scriptOf, certificate);

    /// <summary>The head of the next request that was read; of a silent server the first bytes that came.</summary>
    public async Task<string> RequestAsync() => await _requests.Reader.ReadAsync();

    /// <summary>The payload of the next pong that was read.</summary>
    public async Task<string> PongAsync() => await _pongs.Reader.ReadAsync();

    /// <summary>How the next connection ended that the client ended: <c>close 1000</c>, <c>end of stream</c>, <c>reset</c>.</summary>
    public async Task<string> EndAsync() => await _ends.Reader.ReadAsync();

    /// <summary>Resets all connections, as a machine does that dies and comes back; new ones are taken.</summary>
    public void ResetAll()
    {
        foreach (var socket in _connections.Keys)
            socket.Close(timeout: 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var (socket, serving) in _connections)
        {
            socket.Dispose();
            await serving;
        }

        _over.Dispose();
    }

    internal void Requested(string head) => _requests.Writer.TryWrite(head);

    internal void Ponged(string payload) => _pongs.Writer.TryWrite(payload);

    internal void MessageCame() => Interlocked.Increment(ref _messages);

    internal void Ended(string how) => _ends.Writer.TryWrite(how);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_over.Token);
                socket.NoDelay = true;
                LastPeer = (IPEndPoint?)socket.RemoteEndPoint;
                var script = _scriptOf(Interlocked.Increment(ref _accepted) - 1);
                // The task removes itself, so it may not run before it is there.
                var isKnown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[socket] = ServeAsync(socket, script, isKnown.Task);
                isKnown.SetResult();
            }
        }
        catch (Exception e) when (_over.IsCancellationRequested && e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeAsync(Socket socket, ServerScript script, Task isKnown)
    {
        await isKnown;
        try
        {
            await using var stream = await SecureAsync(socket);
            await new ServedConnection(socket, stream, script, this).RunAsync(_over.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
        {
            Ended(e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset } ? "reset" : e.Message);
        }
        finally
        {
            socket.Dispose();
            _connections.TryRemove(socket, out _);
        }
    }

    private async Task<Stream> SecureAsync(Socket socket)
    {
        var plain = new NetworkStream(socket);
        if (_certificate is null)
            return plain;
        var tls = new SslStream(plain);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _over.Token);
        return tls;
    }
}
