using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Diagnostics;

/// <summary>Opens connections to one address of the target, or through a proxy's tunnel to its name. What is wrong with a certificate is noted, and does not end the connection: the steps behind it are worth seeing too.</summary>
/// <param name="place">Of the target, or of the proxy.</param>
internal sealed class ProbeDoor(ProbeTarget target, PeerClock clock, IPEndPoint place, EnvironmentProxy? proxy = null)
{
    private static readonly List<SslApplicationProtocol> Http1Only = [SslApplicationProtocol.Http11];

    /// <summary>An IPv4 address in the clothes of IPv6 is what it is: a socket of IPv6 alone has no way there.</summary>
    internal IPEndPoint Place { get; } = place.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(place.Address.MapToIPv4(), place.Port) : place;

    /// <summary>What is sent through it and may not be shown.</summary>
    internal SentSecrets Secrets { get; } = new(target);

    /// <summary>With TLS where the URL wants it.</summary>
    internal Task<DoorOpening> OpenAsync(CancellationToken interruption) => OpenAsync(target.IsSecure, Http1Only, clock, interruption);

    /// <param name="patience">For each wait on this connection.</param>
    internal Task<DoorOpening> OpenAsync(PeerClock patience, CancellationToken interruption) => OpenAsync(target.IsSecure, Http1Only, patience, interruption);

    /// <summary>Only TCP, and the tunnel where there is a proxy.</summary>
    internal Task<DoorOpening> OpenPlainAsync(CancellationToken interruption) => OpenAsync(isSecure: false, [], clock, interruption);

    internal Task<DoorOpening> OpenAsync(bool isSecure, List<SslApplicationProtocol> protocols, CancellationToken interruption) => OpenAsync(isSecure, protocols, clock, interruption);

    private async Task<DoorOpening> OpenAsync(bool isSecure, List<SslApplicationProtocol> protocols, PeerClock patience, CancellationToken interruption)
    {
        var start = clock.Time.GetTimestamp();
        using var limit = new CancellationTokenSource(patience.StepLimit, patience.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interruption);
        var socket = new Socket(Place.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var (isConnected, isTunnelled) = (false, false);
        try
        {
            await socket.ConnectAsync(Place, linked.Token);
            isConnected = true;
            var connected = clock.Time.GetElapsedTime(start);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (proxy is not null && await ProxyTunnel.OpenAsync(stream, proxy, target.Url, linked.Token) is { IsOpen: false } answer)
            {
                await stream.DisposeAsync();
                return new DoorOpening(null, DoorFault.Proxy, answer.Why, null, clock.Time.GetElapsedTime(start)) { Tunnel = answer };
            }

            isTunnelled = true;
            if (!isSecure)
                return new DoorOpening(RawPeer.Over(stream, patience), DoorFault.None, "", null, clock.Time.GetElapsedTime(start)) { Connected = connected };
            var (secure, seen) = await SecureAsync(stream, protocols, linked.Token);
            return new DoorOpening(RawPeer.Over(secure, patience), DoorFault.None, "", seen, clock.Time.GetElapsedTime(start)) { Connected = connected };
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or CryptographicException or OperationCanceledException)
        {
            socket.Dispose();
            interruption.ThrowIfCancellationRequested();
            var fault = isTunnelled ? DoorFault.Tls : isConnected ? DoorFault.Proxy : FaultOf(e);
            return new DoorOpening(null, fault, Words(e, patience), null, clock.Time.GetElapsedTime(start)) { Tunnel = fault == DoorFault.Proxy ? new TunnelAnswer(null, Words(e, patience)) : null };
        }
    }

    private DoorFault FaultOf(Exception e) => (e as SocketException)?.SocketErrorCode switch
    {
        SocketError.ConnectionRefused or SocketError.ConnectionReset => DoorFault.Refused,
        SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable => DoorFault.NoFamily,
        SocketError.NetworkUnreachable when Place.AddressFamily == AddressFamily.InterNetworkV6 => DoorFault.NoFamily,
        null or SocketError.TimedOut => DoorFault.Silent,
        _ => DoorFault.NoRoute,
    };

    private static string Words(Exception e, PeerClock patience) => e switch
    {
        OperationCanceledException => $"no answer within {patience.StepLimit.TotalSeconds:0.#} s",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "refused",
        AuthenticationException { InnerException: { } inner } => inner.Message.TrimEnd('.'),
        _ => e.Message.TrimEnd('.'),
    };

    private async Task<(SslStream Stream, TlsSeen Seen)> SecureAsync(NetworkStream stream, List<SslApplicationProtocol> protocols, CancellationToken cancellation)
    {
        CertificateSeen? certificate = null;
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (target.Authorities is { } authorities)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        var secure = new SslStream(stream);
#pragma warning disable CA5359 // What is wrong with the certificate is noted and told; nothing secret depends on who answers but the token that the user gave.
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = target.Url.IdnHost, ApplicationProtocols = protocols, CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, remote, chain, errors) =>
                {
                    if (remote is not null)
                        certificate = CertificateSeen.Of(new X509Certificate2(remote), chain, errors, target.Url.IdnHost, clock.Time.GetUtcNow());
                    return true;
                },
            },
            cancellation);
#pragma warning restore CA5359
        return (secure, new TlsSeen(secure.SslProtocol, secure.NegotiatedApplicationProtocol.ToString(), certificate));
    }
}
