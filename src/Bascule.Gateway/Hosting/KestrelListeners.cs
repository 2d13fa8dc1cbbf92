using System.Net;
using System.Security.Cryptography.X509Certificates;
using Bascule.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bascule.Gateway;

/// <summary>Tells Kestrel where to listen, from the configuration.</summary>
internal static class KestrelListeners
{
    internal static void AddPublic(KestrelServerOptions kestrel, BasculeSettings settings)
    {
        foreach (var listener in settings.Listen.Public)
        {
            Listen(kestrel, new Uri(listener.Url), plain: listener.Certificate is null, options =>
            {
                // Without TLS there is no ALPN to agree on HTTP/2 by.
                options.Protocols = listener is { Http2: true, Certificate: not null } ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                options.Use(next => connection =>
                {
                    connection.Items[typeof(ListenerSettings)] = listener;
                    return next(connection);
                });
                if (listener.Certificate is { } certificate)
                    options.UseHttps(Load(certificate, listener.CertificateKey), https => https.HandshakeTimeout = settings.Deadlines.Tls);
            });
        }
    }

    internal static void AddAdmin(KestrelServerOptions kestrel, string url) =>
        Listen(kestrel, new Uri(url), plain: false, options => options.Protocols = HttpProtocols.Http1);

    private static void Listen(KestrelServerOptions kestrel, Uri url, bool plain, Action<ListenOptions> configure)
    {
        var address = url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.DnsSafeHost);
        kestrel.Listen(plain ? new PlainEndPoint(address, url.Port) : new IPEndPoint(address, url.Port), configure);
    }

    private static X509Certificate2 Load(string certificate, string? key)
    {
        using var loaded = X509Certificate2.CreateFromPemFile(certificate, key);
        // SslStream wants a key that is not bound to this one object.
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
    }
}
