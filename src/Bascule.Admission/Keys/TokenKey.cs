using System.Numerics;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Bascule.Admission;

/// <summary>A key that checks signatures, with the algorithms that it may be used for. Safe for use by many at once.</summary>
/// <remarks>Never disposed: a check may still use a key whose set was replaced. What is native in it ends with the garbage collector.</remarks>
internal sealed class TokenKey
{
    // RFC 7518 §3.3.
    private const int LeastRsaBits = 2048;

    // RFC 7518 §3.2, for HS256.
    internal const int LeastSecretBytes = 32;

    // Providers live as long as their key; the library's own cache would keep those of replaced sets.
    private static readonly CryptoProviderFactory Providers = new() { CacheSignatureProviders = false };

    private readonly Dictionary<string, SignatureProvider> _verifiers = new(StringComparer.Ordinal);

    private TokenKey(string? id, KeyKind kind, SecurityKey key, string? onlyAlgorithm)
    {
        Id = id;
        foreach (var algorithm in TokenAlgorithms.Of(kind))
        {
            if (onlyAlgorithm is null || onlyAlgorithm == algorithm)
                _verifiers.Add(algorithm, Providers.CreateForVerifying(key, algorithm));
        }
    }

    internal string? Id { get; }

    internal bool Fits(string algorithm) => _verifiers.ContainsKey(algorithm);

    internal bool Verify(string algorithm, byte[] input, byte[] signature) => _verifiers[algorithm].Verify(input, signature);

    /// <param name="fault">Why the result is null; never the secret.</param>
    internal static TokenKey? Hmac(string? id, byte[] secret, string? onlyAlgorithm, out string fault)
    {
        fault = $"the secret has {secret.Length} bytes; at least {LeastSecretBytes} are demanded (RFC 7518 §3.2)";
        return secret.Length < LeastSecretBytes ? null : new TokenKey(id, KeyKind.Hmac, HmacKey(secret), onlyAlgorithm);
    }

    /// <summary>A secret padded with zeros to 64 bytes, which HMAC does anyway (RFC 2104 §2), so that every version of the library takes it.</summary>
    internal static SymmetricSecurityKey HmacKey(byte[] secret)
    {
        if (secret.Length >= 64)
            return new SymmetricSecurityKey(secret);
        var padded = new byte[64];
        secret.CopyTo(padded, 0);
        return new SymmetricSecurityKey(padded);
    }

    /// <exception cref="CryptographicException">The numbers are not an RSA key.</exception>
    internal static TokenKey? Rsa(string? id, RSAParameters numbers, string? onlyAlgorithm, out string fault)
    {
        var bits = new BigInteger(numbers.Modulus, isUnsigned: true, isBigEndian: true).GetBitLength();
        fault = $"the RSA key has {bits} bits; at least {LeastRsaBits} are demanded (RFC 7518 §3.3)";
        if (bits < LeastRsaBits)
            return null;
        using var probe = RSA.Create();
        probe.ImportParameters(numbers);
        return new TokenKey(id, KeyKind.Rsa, new RsaSecurityKey(numbers), onlyAlgorithm);
    }

    /// <exception cref="CryptographicException">The point is not on the curve.</exception>
    internal static TokenKey P256(string? id, ECPoint point, string? onlyAlgorithm)
    {
        using var probe = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });

        // Not ECDsaSecurityKey: it would share one ECDsa between threads. From a JsonWebKey the library makes one for each.
        var key = new JsonWebKey
        {
            Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
            Crv = JsonWebKeyECTypes.P256,
            X = Base64UrlEncoder.Encode(point.X),
            Y = Base64UrlEncoder.Encode(point.Y),
        };
        return new TokenKey(id, KeyKind.EllipticCurve, key, onlyAlgorithm);
    }
}
