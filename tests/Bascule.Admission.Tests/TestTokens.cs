using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Admission.Tests;

/// <summary>Keys and tokens that the tests share.</summary>
internal static class TestTokens
{
    internal const string Secret = "a secret of thirty-two bytes, ok";

    internal static readonly HttpClient NoHttp = new();

    internal static readonly SigningKey SecretKey = SigningKey.FromSecret(Secret);

    internal static readonly string RsaPrivatePem;
    internal static readonly string RsaPublicPem;
    internal static readonly string EcPrivatePem;
    internal static readonly string EcPublicPem;

    static TestTokens()
    {
        using var rsa = RSA.Create(2048);
        (RsaPrivatePem, RsaPublicPem) = (rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem());
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (EcPrivatePem, EcPublicPem) = (ec.ExportPkcs8PrivateKeyPem(), ec.ExportSubjectPublicKeyInfoPem());
    }

    internal static SigningKey RsaKey => SigningKey.FromPem(RsaPrivatePem, out _)!;

    internal static SigningKey EcKey => SigningKey.FromPem(EcPrivatePem, out _)!;

    internal static JwtSettings With(params string[] keys) => new() { Keys = keys.Select(k => new KeySettings { Value = k }).ToArray() };

    internal static JwtSettings WithSecret => With("secret:" + Secret);

    internal static TokenCheck Check(JwtSettings settings, ManualTime time) => new(settings, NoHttp, time, NullLogger<TokenCheck>.Instance);

    internal static string Issue(ManualTime time, params (string Name, JsonNode? Value)[] claims) =>
        TokenIssuer.Issue(new TokenRequest { Subject = "alice", Claims = claims.ToDictionary(c => c.Name, c => c.Value) }, SecretKey, time);

    /// <summary>Header and payload exactly as written, signed with HS256 unless a signature is given.</summary>
    internal static string Raw(string header, string payload, byte[]? signature = null, byte[]? secret = null)
    {
        var input = $"{Part(header)}.{Part(payload)}";
        signature ??= HMACSHA256.HashData(secret ?? Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(input));
        return $"{input}.{Part(signature)}";
    }

    internal static string Part(string text) => Part(Encoding.UTF8.GetBytes(text));

    internal static string Part(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    internal static async Task<TokenResult> CheckAsync(JwtSettings settings, string? token, ManualTime? time = null)
    {
        await using var check = Check(settings, time ?? new ManualTime());
        return await check.CheckAsync(token, CancellationToken.None);
    }
}
