using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Bascule.Model;

namespace Bascule.Relay;

/// <summary>Opens a connection to a back end and names what went wrong.</summary>
internal static class NodeDialer
{
    /// <exception cref="ForwardEndedException">The node cannot be reached, or not in time, or TLS failed.</exception>
    internal static async Task<BackendConnection> DialAsync(NodeAddress address, TimeSpan limit, TimeProvider time, CancellationToken token)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(address.Node.IdnHost, address.Node.Port, either.Token);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Node.Scheme == Uri.UriSchemeHttps)
                stream = await SecureAsync(stream, address, either.Token);
            return new BackendConnection(address, socket, stream);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            if (stream is not null)
                await stream.DisposeAsync();
            throw failure switch
            {
                OperationCanceledException when deadline.IsCancellationRequested && !token.IsCancellationRequested =>
                    new ForwardEndedException(EndReasons.BackendConnectTimeout, $"{address} did not take the connection within {limit.TotalSeconds} s.", failure),
                SocketException refused when stream is null => new ForwardEndedException(ReasonOf(refused), $"{address}: {refused.Message}", refused),
                AuthenticationException or IOException => new ForwardEndedException(EndReasons.BackendTlsFailed, $"{address}: {Innermost(failure)}", failure),
                _ => new InvalidOperationException($"Dialing {address} failed in an unknown way.", failure),
            };
        }
    }

    private static async Task<Stream> SecureAsync(Stream plain, NodeAddress address, CancellationToken token)
    {
        var secured = new SslStream(plain);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = address.Node.IdnHost,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        };
#pragma warning disable CA5359 // The operator asked for it, for this node only (insecureTls).
        if (address.InsecureTls)
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        try
        {
            await secured.AuthenticateAsClientAsync(options, token);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    private static EndReason ReasonOf(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => EndReasons.BackendNameUnknown,
        SocketError.TimedOut => EndReasons.BackendConnectTimeout,
        _ => EndReasons.BackendUnreachable,
    };

    private static string Innermost(Exception failure) => failure.InnerException is { } inner ? $"{failure.Message} ({inner.Message})" : failure.Message;
}
