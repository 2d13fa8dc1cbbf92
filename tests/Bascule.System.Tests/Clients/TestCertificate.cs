using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.System.Tests;

/// <summary>A certificate for 127.0.0.1 that signed itself, as two PEM files.</summary>
internal static class TestCertificate
{
    internal const string Subject = "CN=bascule-test";

    internal static async Task<(string Certificate, string Key)> WriteAsync(TestFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var files = (Certificate: folder.File("certificate.pem"), Key: folder.File("key.pem"));
        await File.WriteAllTextAsync(files.Certificate, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
