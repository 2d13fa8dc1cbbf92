using System.Net.Security;
using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Speaks TLS on a connected socket.</summary>
internal static class TlsStep
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http11];

    /// <exception cref="System.Security.Authentication.AuthenticationException">The certificate, or what came instead of TLS.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    internal static async Task<SslStream> SecureAsync(Socket socket, DialOrder order)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            var options = new SslClientAuthenticationOptions { TargetHost = order.Url.IdnHost, ApplicationProtocols = Protocols };
            if (order.AnyCertificate)
            {
#pragma warning disable CA5359 // The user asked for it.
                options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            }

            await tls.AuthenticateAsClientAsync(options, CancellationToken.None);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
