using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Admission;

/// <summary>Reads one public key from PEM (RFC 7468): a public key or a certificate.</summary>
internal static class PemReader
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EllipticCurveOid = "1.2.840.10045.2.1";
    private const string P256Oid = "1.2.840.10045.3.1.7";

    internal static bool IsPem(string text) => text.AsSpan().TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal);

    /// <summary>PEM from an environment variable often has <c>\n</c> as two characters.</summary>
    internal static string Unescape(string pem) =>
        pem.Contains('\n') ? pem : pem.Replace("\\r", "", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    /// <param name="fault">Why the result is null.</param>
    internal static TokenKey? Read(string text, string? id, out string fault)
    {
        var pem = Unescape(text);
        if (!PemEncoding.TryFind(pem, out var block))
            return Fail("the PEM text is broken: no whole block from BEGIN to END", out fault);
        if (PemEncoding.TryFind(pem.AsSpan(block.Location.End.GetOffset(pem.Length)), out _))
            return Fail("the PEM text has several blocks; give each key an entry of its own, and of a certificate chain only the first", out fault);
        var label = pem[block.Label];
        if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            return Fail("it is a private key; give the gateway the public one only: openssl pkey -in KEY -pubout", out fault);
        try
        {
            return label switch
            {
                "CERTIFICATE" => FromCertificate(pem, id, out fault),
                "PUBLIC KEY" => FromPublicKey(PublicKey.CreateFromSubjectPublicKeyInfo(Convert.FromBase64String(pem[block.Base64Data]), out _), id, out fault),
                "RSA PUBLIC KEY" => FromRsaPem(pem, id, out fault),
                _ => Fail($"PEM of type {Evidence.Quote(label)} is not read; use PUBLIC KEY or CERTIFICATE", out fault),
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return Fail($"the PEM text is not a valid key: {e.Message.TrimEnd('.')}", out fault);
        }
    }

    private static TokenKey? FromCertificate(string pem, string? id, out string fault)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return FromPublicKey(certificate.PublicKey, id, out fault);
    }

    private static TokenKey? FromRsaPem(string pem, string? id, out string fault)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        return TokenKey.Rsa(id, rsa.ExportParameters(false), null, out fault);
    }

    private static TokenKey? FromPublicKey(PublicKey key, string? id, out string fault)
    {
        if (key.Oid.Value == RsaOid)
        {
            using var rsa = key.GetRSAPublicKey()!;
            return TokenKey.Rsa(id, rsa.ExportParameters(false), null, out fault);
        }

        if (key.Oid.Value != EllipticCurveOid)
            return Fail($"keys of type {key.Oid.FriendlyName ?? key.Oid.Value} are not supported; use RSA or P-256", out fault);
        using var ec = key.GetECDsaPublicKey()!;
        var numbers = ec.ExportParameters(false);
        fault = $"the curve is {numbers.Curve.Oid.FriendlyName}; only P-256 is supported (ES256)";
        return numbers.Curve.Oid.Value == P256Oid ? TokenKey.P256(id, numbers.Q, null) : null;
    }

    private static TokenKey? Fail(string why, out string fault)
    {
        fault = why;
        return null;
    }
}
