using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bascule.Settings;

namespace Bascule.Gateway.Tests;

/// <summary>A certificate that signed itself, in files of its own until it is disposed.</summary>
internal sealed class TestCertificate : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bascule-tls-");

    private TestCertificate()
    {
    }

    private string Certificate => Path.Combine(_folder.FullName, "certificate.pem");

    private string Key => Path.Combine(_folder.FullName, "key.pem");

    internal static TestCertificate Make()
    {
        var made = new TestCertificate();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(made.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(made.Key, key.ExportPkcs8PrivateKeyPem());
        return made;
    }

    /// <summary>For a client that takes such a certificate. It follows no redirect.</summary>
#pragma warning disable CA5359 // The certificate of the test signed itself.
    internal static SocketsHttpHandler Trusting() => new()
    {
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    };
#pragma warning restore CA5359

    /// <summary>One public listener with this certificate.</summary>
    internal ListenSettings Listen(bool http2WebSockets) => new()
    {
        Public = [new ListenerSettings { Url = "https://127.0.0.1:0", Certificate = Certificate, CertificateKey = Key, Http2WebSockets = http2WebSockets }],
        Admin = "http://127.0.0.1:0",
    };

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
