using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Bascule.Admission;

/// <summary>A key that signs tokens: a secret, or a private key. For development, tests and the demo; the gateway itself signs nothing.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly AsymmetricAlgorithm? _owned;
    private readonly SecurityKey _key;

    private SigningKey(KeyKind kind, SecurityKey key, AsymmetricAlgorithm? owned)
    {
        Algorithms = TokenAlgorithms.Of(kind);
        _key = key;
        _owned = owned;
    }

    /// <summary>What it can sign with; the first is the usual one.</summary>
    public IReadOnlyList<string> Algorithms { get; }

    /// <summary>Secrets below this are refused, here and by the check.</summary>
    public const int LeastSecretBytes = TokenKey.LeastSecretBytes;

    /// <exception cref="ArgumentException">The secret is shorter than <see cref="LeastSecretBytes"/>.</exception>
    public static SigningKey FromSecret(string secret) => FromSecret(Encoding.UTF8.GetBytes(secret));

    /// <exception cref="ArgumentException">The secret is shorter than <see cref="LeastSecretBytes"/>.</exception>
    public static SigningKey FromSecret(byte[] secret)
    {
        if (secret.Length < LeastSecretBytes)
            throw new ArgumentException($"The secret has {secret.Length} bytes; at least {LeastSecretBytes} are demanded.", nameof(secret));
        return new SigningKey(KeyKind.Hmac, TokenKey.HmacKey(secret), null);
    }

    /// <summary>Reads an RSA or P-256 private key.</summary>
    /// <param name="fault">Why the result is null; never the key.</param>
    public static SigningKey? FromPem(string text, out string fault)
    {
        var pem = PemReader.Unescape(text);
        fault = "it is not a private key in PEM, of RSA or the curve P-256, without a password";
        if (!PemEncoding.TryFind(pem, out var block) || !pem[block.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            return null;
        var rsa = RSA.Create();
        if (TryImport(rsa, pem))
            return new SigningKey(KeyKind.Rsa, new RsaSecurityKey(rsa), rsa);
        rsa.Dispose();
        var ec = ECDsa.Create();
        if (TryImport(ec, pem) && ec.KeySize == 256)
            return new SigningKey(KeyKind.EllipticCurve, new ECDsaSecurityKey(ec), ec);
        ec.Dispose();
        return null;
    }

    public void Dispose() => _owned?.Dispose();

    internal byte[] Sign(string algorithm, byte[] input)
    {
        var providers = new CryptoProviderFactory { CacheSignatureProviders = false };
        using var signer = providers.CreateForSigning(_key, algorithm);
        return signer.Sign(input);
    }

    // The label PRIVATE KEY does not say of which kind it is; the import does.
    private static bool TryImport(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
