using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>What a connection is for: the stream on its socket, and what is said inside TLS.</summary>
internal sealed record ConnectionUse(Func<Socket, Stream> StreamOn, List<SslApplicationProtocol> Protocols)
{
    /// <summary>Ends are no surprise there, so they are no exceptions.</summary>
    internal static ConnectionUse WebSocket { get; } = new(static socket => new SocketStream(socket), [SslApplicationProtocol.Http11]);

    /// <summary>A reset must not look like the end of a body.</summary>
    internal static ConnectionUse Http { get; } = new(static socket => new NetworkStream(socket, ownsSocket: true), [SslApplicationProtocol.Http11]);

    /// <summary>HTTP/1.1 is offered too: a node that knows nothing else then says so, instead of failing the handshake.</summary>
    internal static ConnectionUse Http2 { get; } = new(static socket => new NetworkStream(socket, ownsSocket: true), [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]);
}

/// <summary>Opens connections to nodes: name, TCP, TLS. Each step that fails has its own reason.</summary>
public sealed class NodeConnector
{
    private readonly TimeProvider _time;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    public NodeConnector(TimeProvider time)
        : this(time, Dns.GetHostAddressesAsync)
    {
    }

    /// <param name="resolve">Asks for the addresses of a name; an unknown one is a <see cref="SocketException"/>, as of the system's own.</param>
    public NodeConnector(TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _time = time;
        _resolve = resolve;
    }

    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    internal async Task<NodeReached> ConnectAsync(NodeAddress address, ConnectionUse use, TimeSpan limit, StepDeadline deadline)
    {
        deadline.Begin(limit);
        Socket? socket = null;
        try
        {
            socket = await AddressRace.ConnectAsync(await AddressesOf(address, deadline.Token), address.Node.Port, _time, deadline.Token);
            var plain = use.StreamOn(socket);
            var stream = address.Node.Scheme == Uri.UriSchemeHttps ? await SecureAsync(plain, socket, address, use, deadline.Token) : plain;
            return new NodeReached(new NodeConnection(socket, plain, stream), null);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or AuthenticationException or ObjectDisposedException)
        {
            socket?.Dispose();
            deadline.ThrowIfGivenUp();
            return new NodeReached(null, EndingOf(e, address, limit, deadline, connected: socket is not null));
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>What broke, in the words of the system.</summary>
    internal static string Words(Exception e) => e.GetBaseException() is SocketException socket ? $"{socket.SocketErrorCode} ({socket.Message})" : e.GetBaseException().Message;

    private static Ending EndingOf(Exception e, NodeAddress address, TimeSpan limit, StepDeadline deadline, bool connected) => deadline.IsOver
        ? new Ending(EndReasons.BackendConnectTimeout, $"{address}: {(connected ? "TLS" : "the TCP connection")} took longer than {limit.TotalSeconds:0.#} s")
        : new Ending(connected ? EndReasons.BackendTlsFailed : ReasonOf((e as SocketException)?.SocketErrorCode), $"{address}: {Words(e)}");

    private static EndReason ReasonOf(SocketError? error) => error switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => EndReasons.BackendNameUnknown,
        SocketError.TimedOut => EndReasons.BackendConnectTimeout,
        _ => EndReasons.BackendUnreachable,
    };

    private async ValueTask<IReadOnlyList<IPAddress>> AddressesOf(NodeAddress address, CancellationToken cancellation)
    {
        if (address.Address is { } known || IPAddress.TryParse(address.Node.IdnHost, out known))
            return [known];
        return await _resolve(address.Node.IdnHost, cancellation);
    }

    /// <summary>The socket is closed when the token fires: that ends the handshake at whatever it waits for, and costs one registration instead of one for each read.</summary>
    private static async Task<Stream> SecureAsync(Stream plain, Socket socket, NodeAddress address, ConnectionUse use, CancellationToken cancellation)
    {
        var tls = new SslStream(plain);
        try
        {
            await using (cancellation.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
                await tls.AuthenticateAsClientAsync(OptionsFor(address, use), CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static SslClientAuthenticationOptions OptionsFor(NodeAddress address, ConnectionUse use)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = address.Node.IdnHost, ApplicationProtocols = use.Protocols };
        if (address.InsecureTls)
        {
#pragma warning disable CA5359 // The operator asked for it by `insecureTls` on this very node.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }
}
