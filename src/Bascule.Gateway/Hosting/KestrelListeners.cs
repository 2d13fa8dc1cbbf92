using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bascule.Admission;
using Bascule.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Tells Kestrel where to listen, from the configuration.</summary>
internal static class KestrelListeners
{
    internal static void AddPublic(KestrelServerOptions kestrel, BasculeSettings settings, ILogger log, TimeProvider time)
    {
        foreach (var listener in settings.Listen.Public)
        {
            Listen(kestrel, new Uri(listener.Url), listener.Certificate is null ? listener : null, options =>
            {
                // Without TLS there is no ALPN to agree on HTTP/2 by.
                options.Protocols = listener is { Http2: true, Certificate: not null } ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                options.Use(next => connection =>
                {
                    connection.Items[typeof(ListenerSettings)] = listener;
                    return next(connection);
                });
                if (listener is { ProxyProtocol: true, Certificate: not null })
                    TakeProxyHeader(options, settings, log, time);
                if (listener.Certificate is { } certificate)
                    options.UseHttps(Load(certificate, listener.CertificateKey), https => https.HandshakeTimeout = settings.Deadlines.Tls);
            });
        }
    }

    internal static void AddAdmin(KestrelServerOptions kestrel, string url) =>
        Listen(kestrel, new Uri(url), plain: null, options => options.Protocols = HttpProtocols.Http1);

    /// <param name="plain">The listener when it is without TLS: its sockets are ours.</param>
    private static void Listen(KestrelServerOptions kestrel, Uri url, ListenerSettings? plain, Action<ListenOptions> configure)
    {
        var address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.DnsSafeHost);
        kestrel.Listen(plain is not null ? new PlainEndPoint(address, url.Port, plain.ProxyProtocol) : new IPEndPoint(address, url.Port), configure);
    }

    private static void TakeProxyHeader(ListenOptions options, BasculeSettings settings, ILogger log, TimeProvider time)
    {
        var trusted = new TrustedProxies(settings.Listen.TrustedProxies);
        options.Use(next => async connection =>
        {
            using var deadline = new CancellationTokenSource(settings.Deadlines.Headers, time);
            var (client, fault) = await ProxyIntake.ReadAsync(connection.Transport.Input, connection.RemoteEndPoint, trusted, deadline.Token);
            if (fault is not null)
            {
                log.ProxyHeaderRefused(fault);
                return;
            }

            connection.RemoteEndPoint = client;
            await next(connection);
        });
    }

    private static X509Certificate2 Load(string certificate, string? key)
    {
        try
        {
            using var loaded = X509Certificate2.CreateFromPemFile(certificate, key);
            // SslStream wants a key that is not bound to this one object.
            return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException)
        {
            throw new IOException($"the certificate {certificate} with the key {key} cannot be used: {e.Message}", e);
        }
    }
}
