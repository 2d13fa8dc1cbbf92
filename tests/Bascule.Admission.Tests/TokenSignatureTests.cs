using System.Security.Cryptography;
using System.Text;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Bascule.Admission.Tests;

/// <summary>Whose signature counts, and with which algorithm.</summary>
public sealed class TokenSignatureTests
{
    private readonly ManualTime _time = new();

    public static TheoryData<string> Algorithms => ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256"];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Every_algorithm_is_verified_and_a_changed_byte_is_noticed(string algorithm)
    {
        var token = TokenIssuer.Issue(new TokenRequest { Subject = "alice", Algorithm = algorithm }, KeyFor(algorithm), _time);
        var parts = token.Split('.');
        var changed = $"{parts[0]}.{TestTokens.Part("""{"sub":"root"}""")}.{parts[2]}";

        Assert.Equal("alice", (await TestTokens.CheckAsync(AllKeys, token, _time)).Identity?.Subject);
        Assert.Equal(EndReasons.TokenBadSignature, (await TestTokens.CheckAsync(AllKeys, changed, _time)).Refusal.Reason);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Signatures_of_the_framework_are_accepted(string algorithm)
    {
        var input = $$"""{{TestTokens.Part($$"""{"alg":"{{algorithm}}"}""")}}.{{TestTokens.Part("""{"sub":"alice"}""")}}""";

        var result = await TestTokens.CheckAsync(AllKeys, $"{input}.{TestTokens.Part(FrameworkSignature(algorithm, Encoding.ASCII.GetBytes(input)))}", _time);

        Assert.True(result.Accepted);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Another_library_accepts_what_is_issued_here(string algorithm)
    {
        var token = TokenIssuer.Issue(new TokenRequest { Subject = "alice", Algorithm = algorithm }, KeyFor(algorithm), TimeProvider.System);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestTokens.RsaPublicPem);
        using var ec = ECDsa.Create();
        ec.ImportFromPem(TestTokens.EcPublicPem);
        SecurityKey[] keys = [new SymmetricSecurityKey(Encoding.UTF8.GetBytes(TestTokens.Secret)), new RsaSecurityKey(rsa), new ECDsaSecurityKey(ec)];

        var parameters = new TokenValidationParameters { IssuerSigningKeys = keys, ValidateAudience = false, ValidateIssuer = false };

        Assert.True(new JsonWebTokenHandler().ValidateToken(token, parameters).IsValid);
    }

    [Fact]
    public async Task The_example_of_RFC_7515_A1_is_genuine()
    {
        const string Token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        var key = new KeySettings { Value = "base64:AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" };

        var (inspection, fault) = await TokenInspector.InspectAsync(Token, key, new ManualTime(), CancellationToken.None);
        var result = await TestTokens.CheckAsync(new JwtSettings { Keys = [key] }, Token);

        Assert.Null(fault);
        Assert.Null(inspection!.SignatureFault);
        Assert.Equal("joe", (string?)inspection.Claims["iss"]);
        Assert.Equal("It has no `sub`, so it names nobody.", result.Refusal.Detail);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    [InlineData("")]
    [InlineData("hs256")]
    [InlineData("RS384")]
    [InlineData("dir")]
    [InlineData("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")]
    public async Task Other_algorithms_are_refused_even_with_a_fitting_signature(string algorithm)
    {
        var header = $$"""{"alg":"{{algorithm}}"}""";
        var signed = await TestTokens.CheckAsync(AllKeys, TestTokens.Raw(header, """{"sub":"alice"}"""), _time);
        var unsigned = await TestTokens.CheckAsync(AllKeys, TestTokens.Raw(header, """{"sub":"alice"}""", signature: []), _time);

        Assert.Equal(EndReasons.TokenAlgorithmRefused, signed.Refusal.Reason);
        Assert.Equal(EndReasons.TokenAlgorithmRefused, unsigned.Refusal.Reason);
        Assert.Contains("accepted here: HS256 HS384 HS512 RS256 PS256 ES256", signed.Refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_public_key_never_serves_as_an_HMAC_secret(bool withSecretBeside)
    {
        var settings = withSecretBeside ? AllKeys : TestTokens.With(TestTokens.RsaPublicPem);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestTokens.RsaPublicPem);
        byte[][] guesses =
        [
            Encoding.UTF8.GetBytes(TestTokens.RsaPublicPem),
            Encoding.UTF8.GetBytes(TestTokens.RsaPublicPem + "\n"),
            rsa.ExportSubjectPublicKeyInfo(),
            rsa.ExportRSAPublicKey(),
        ];
        var expected = withSecretBeside ? EndReasons.TokenBadSignature : EndReasons.TokenAlgorithmRefused;
        foreach (var guess in guesses)
        {
            var forged = TestTokens.Raw("""{"alg":"HS256"}""", """{"sub":"root"}""", secret: guess);

            Assert.Equal(expected, (await TestTokens.CheckAsync(settings, forged, _time)).Refusal.Reason);
        }
    }

    [Fact]
    public async Task A_key_id_of_another_kind_of_key_is_told()
    {
        var settings = new JwtSettings
        {
            Keys = [new KeySettings { Value = TestTokens.RsaPublicPem, Id = "r" }, new KeySettings { Value = "secret:" + TestTokens.Secret, Id = "h" }],
        };

        var refusal = (await TestTokens.CheckAsync(settings, TestTokens.Raw("""{"alg":"HS256","kid":"r"}""", """{"sub":"root"}"""), _time)).Refusal;

        Assert.Equal(EndReasons.TokenAlgorithmRefused, refusal.Reason);
        Assert.Contains("`r`", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_configured_algorithms_are_accepted()
    {
        var settings = AllKeys with { Algorithms = ["RS256", "HS512"] };

        var hs512 = TokenIssuer.Issue(new TokenRequest { Subject = "a", Algorithm = "HS512" }, TestTokens.SecretKey, _time);

        var allowed = await TestTokens.CheckAsync(settings, hs512, _time);
        var refused = await TestTokens.CheckAsync(settings, TestTokens.Issue(_time), _time);

        Assert.True(allowed.Accepted);
        Assert.Equal(new Ending(EndReasons.TokenAlgorithmRefused, "alg is `HS256`; accepted here: HS512 RS256."), refused.Refusal);
    }

    [Fact]
    public async Task A_token_that_names_a_key_is_tried_with_that_key_alone()
    {
        var settings = new JwtSettings { Keys = [new KeySettings { Value = "secret:" + TestTokens.Secret, Id = "k1" }] };

        var named = await TestTokens.CheckAsync(settings, Issue("k1"), _time);
        var unnamed = await TestTokens.CheckAsync(settings, Issue(null), _time);
        var other = await TestTokens.CheckAsync(settings, Issue("k2"), _time);

        Assert.True(named.Accepted);
        Assert.True(unnamed.Accepted);
        Assert.Equal(new Ending(EndReasons.TokenUnknownKey, "alg is HS256, kid is `k2`; keys here: `k1`."), other.Refusal);
    }

    [Fact]
    public async Task A_key_without_an_id_is_tried_with_every_token() =>
        Assert.True((await TestTokens.CheckAsync(TestTokens.WithSecret, Issue("any"), _time)).Accepted);

    [Fact]
    public async Task Many_checks_at_once_do_not_disturb_each_other()
    {
        await using var check = TestTokens.Check(AllKeys, _time);
        var tokens = Algorithms
            .Select(a => TokenIssuer.Issue(new TokenRequest { Subject = "alice", Algorithm = a.Data }, KeyFor(a.Data), _time))
            .ToArray();

        await Parallel.ForAsync(0, 600, async (i, cancellation) =>
        {
            var token = tokens[i % tokens.Length];
            Assert.True((await check.CheckAsync(token, cancellation)).Accepted);
            Assert.False((await check.CheckAsync(token[..^8] + "AAAAAAAA", cancellation)).Accepted);
        });
    }

    private static JwtSettings AllKeys => TestTokens.With("secret:" + TestTokens.Secret, TestTokens.RsaPublicPem, TestTokens.EcPublicPem);

    private string Issue(string? kid) => TokenIssuer.Issue(new TokenRequest { Subject = "alice", KeyId = kid }, TestTokens.SecretKey, _time);

    private static SigningKey KeyFor(string algorithm) => algorithm[0] switch
    {
        'H' => TestTokens.SecretKey,
        'E' => TestTokens.EcKey,
        _ => TestTokens.RsaKey,
    };

    private static byte[] FrameworkSignature(string algorithm, byte[] input)
    {
        var secret = Encoding.UTF8.GetBytes(TestTokens.Secret);
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestTokens.RsaPrivatePem);
        using var ec = ECDsa.Create();
        ec.ImportFromPem(TestTokens.EcPrivatePem);
        return algorithm switch
        {
            "HS256" => HMACSHA256.HashData(secret, input),
            "HS384" => HMACSHA384.HashData(secret, input),
            "HS512" => HMACSHA512.HashData(secret, input),
            "RS256" => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "PS256" => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => ec.SignData(input, HashAlgorithmName.SHA256),
        };
    }
}
