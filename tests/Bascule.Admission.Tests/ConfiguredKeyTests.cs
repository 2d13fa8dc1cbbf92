using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>Keys in the configuration: each way to write one, and what is said of those that cannot be used.</summary>
public sealed class ConfiguredKeyTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("secret:a secret of thirty-two bytes, ok")]
    [InlineData("base64:YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgb2s=")]
    [InlineData("base64:YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgb2s")]
    public async Task A_secret_is_read_as_text_or_base64(string value) => await AcceptsAsync(value, TestTokens.Issue(_time));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task A_file_may_hold_the_secret_alone_with_or_without_a_line_end(string end) =>
        await AcceptsAsync(FileWith(TestTokens.Secret + end), TestTokens.Issue(_time));

    [Theory]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(200)]
    public async Task Secrets_of_every_length_work_as_HMAC_says(int length)
    {
        var secret = new string('s', length);
        var input = $"{TestTokens.Part("""{"alg":"HS512"}""")}.{TestTokens.Part("""{"sub":"a"}""")}";
        var long512 = $"{input}.{TestTokens.Part(HMACSHA512.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(input)))}";

        await AcceptsAsync("secret:" + secret, TestTokens.Raw("""{"alg":"HS256"}""", """{"sub":"a"}""", secret: Encoding.UTF8.GetBytes(secret)));
        await AcceptsAsync("secret:" + secret, long512);
    }

    [Fact]
    public async Task A_public_key_is_read_from_PEM_in_each_of_its_forms()
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(TestTokens.RsaPrivatePem);
        var token = KeyServer.Sign(null, rsa);
        var request = new CertificateRequest("CN=issuer", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(_time.GetUtcNow(), _time.GetUtcNow().AddDays(1));

        await AcceptsAsync(TestTokens.RsaPublicPem, token);
        await AcceptsAsync(TestTokens.RsaPublicPem.ReplaceLineEndings("\\n"), token);
        await AcceptsAsync(rsa.ExportRSAPublicKeyPem(), token);
        await AcceptsAsync(certificate.ExportCertificatePem(), token);
        await AcceptsAsync(FileWith("\uFEFF" + TestTokens.RsaPublicPem + "\n"), token);
    }

    [Fact]
    public async Task A_JWK_set_is_read_from_a_file_with_secrets_too()
    {
        using var ec = ECDsa.Create();
        ec.ImportFromPem(TestTokens.EcPublicPem);
        var point = ec.ExportParameters(false).Q;
        var file = FileWith($$"""
            {"keys":[{"kty":"oct","kid":"h","k":"{{TestTokens.Part(TestTokens.Secret)}}","alg":"HS256"},
            {"kty":"EC","kid":"e","crv":"P-256","x":"{{TestTokens.Part(point.X!)}}","y":"{{TestTokens.Part(point.Y!)}}"},
            {"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"},{"kty":"oct","key_ops":["sign"],"k":"AAAA"}]}
            """);

        await AcceptsAsync(file, TokenIssuer.Issue(new TokenRequest { Subject = "a", KeyId = "h" }, TestTokens.SecretKey, _time));
        await AcceptsAsync(file, TokenIssuer.Issue(new TokenRequest { Subject = "a", KeyId = "e" }, TestTokens.EcKey, _time));
        var bound = TokenIssuer.Issue(new TokenRequest { Subject = "a", KeyId = "h", Algorithm = "HS512" }, TestTokens.SecretKey, _time);
        Assert.Equal(EndReasons.TokenAlgorithmRefused, (await TestTokens.CheckAsync(TestTokens.With(file), bound, _time)).Refusal.Reason);
    }

    [Fact]
    public async Task A_configured_id_names_a_single_JWK()
    {
        var file = FileWith($$"""{"kty":"oct","kid":"old","k":"{{TestTokens.Part(TestTokens.Secret)}}"}""");
        var settings = new JwtSettings { Keys = [new KeySettings { Value = file, Id = "new" }] };

        var token = TokenIssuer.Issue(new TokenRequest { Subject = "a", KeyId = "new" }, TestTokens.SecretKey, _time);

        Assert.True((await TestTokens.CheckAsync(settings, token, _time)).Accepted);
    }

    [Theory]
    [InlineData("hunter2hunter2hunter2", "begins neither with")]
    [InlineData("secret:hunter2", "the secret has 7 bytes")]
    [InlineData("base64:hunter2!", "not base64")]
    [InlineData("secret:-----BEGIN PUBLIC KEY-----\nhunter2", "stands without `secret:`")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nhunter2", "no whole block")]
    [InlineData("-----BEGIN PUBLIC KEY-----\naHVudGVyMg==\n-----END PUBLIC KEY-----", "not a valid key")]
    [InlineData("-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----", "not a valid key")]
    [InlineData("-----BEGIN PARAMETERS-----\naHVudGVyMg==\n-----END PARAMETERS-----", "`PARAMETERS` is not read")]
    [InlineData("file:no-such-file", "no-such-file cannot be read")]
    [InlineData("file:", "cannot be read")]
    public void A_key_that_cannot_be_used_is_named_without_its_value(string value, string evidence)
    {
        var fault = Fault(value);

        Assert.StartsWith("auth.jwt.keys[0]: ", fault, StringComparison.Ordinal);
        Assert.Contains(evidence, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Private_keys_small_keys_other_curves_and_chains_are_refused()
    {
        using var small = RSA.Create(1024);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Contains("private key", Fault(TestTokens.RsaPrivatePem), StringComparison.Ordinal);
        Assert.Contains("1024 bits", Fault(small.ExportSubjectPublicKeyInfoPem()), StringComparison.Ordinal);
        Assert.Contains("only P-256", Fault(other.ExportSubjectPublicKeyInfoPem()), StringComparison.Ordinal);
        Assert.Contains("several blocks", Fault(TestTokens.RsaPublicPem + "\n" + TestTokens.EcPublicPem), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not JSON")]
    [InlineData("{\"a\":1}", "no array `keys`")]
    [InlineData("{\"keys\":[1]}", "no object")]
    [InlineData("{\"keys\":[{\"kty\":\"OKP\",\"kid\":\"x\"}]}", "kid `x`: kty `OKP`")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}]}", "a key without kid: kty `EC`")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}]}", "`n` has a value of type number")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"alg\":\"RS512\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", "its alg is `RS512`")]
    [InlineData("{\"keys\":[{\"kty\":\"\\ud800\"}]}", "not JSON")]
    public void A_JWK_file_that_cannot_be_used_is_described(string json, string evidence) =>
        Assert.Contains(evidence, Fault(FileWith(json)), StringComparison.Ordinal);

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_refused()
    {
        var one = TestTokens.Part([.. new byte[31], 1]);

        Assert.Contains("not a valid key", Fault(FileWith($$"""{"kty":"EC","crv":"P-256","x":"{{one}}","y":"{{one}}"}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_keys_too_large_a_file_and_an_id_for_several_keys_are_refused()
    {
        var many = FileWith("{\"keys\":[" + string.Join(',', Enumerable.Repeat("{}", 33)) + "]}");
        var two = new KeySettings { Value = FileWith("{\"keys\":[{},{}]}"), Id = "x" };

        Assert.Contains("33 keys", Fault(many), StringComparison.Ordinal);
        Assert.Contains("at most 1048576", Fault(FileWith(new string('x', (1 << 20) + 1))), StringComparison.Ordinal);
        Assert.Contains("one id cannot name", Assert.Single(Faults(new JwtSettings { Keys = [two] })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_key_is_logged_and_the_others_go_on()
    {
        var log = new LogLines<TokenCheck>();
        await using var check = new TokenCheck(
            TestTokens.With("secret:" + new string('s', 31), "secret:" + TestTokens.Secret), TestTokens.NoHttp, _time, log);

        Assert.Equal(
            [("KeyRefused", "A configured key is not used: auth.jwt.keys[0]: the secret has 31 bytes; at least 32 are demanded (RFC 7518 §3.2).")], log.All);
        Assert.True((await check.CheckAsync(TestTokens.Issue(_time), CancellationToken.None)).Accepted);
    }

    [Fact]
    public async Task Without_any_usable_key_every_token_ends_with_keys_unavailable()
    {
        Assert.Contains("neither keys nor jwksUrl", Assert.Single(Faults(new JwtSettings())), StringComparison.Ordinal);
        Assert.Equal(EndReasons.KeysUnavailable, (await TestTokens.CheckAsync(new JwtSettings(), TestTokens.Issue(_time), _time)).Refusal.Reason);
    }

    [Fact]
    public async Task A_wrong_URL_or_algorithm_name_is_a_fault()
    {
        Assert.Contains("jwksUrl is not", Assert.Single(Faults(new JwtSettings { JwksUrl = "ftp://x" })), StringComparison.Ordinal);
        Assert.Contains("`HS1`", Assert.Single(Faults(TestTokens.WithSecret with { Algorithms = ["HS1"] })), StringComparison.Ordinal);
        var nothing = await TestTokens.CheckAsync(TestTokens.WithSecret with { Algorithms = ["RS256"] }, TestTokens.Issue(_time), _time);
        Assert.Contains("have nothing in common", nothing.Refusal.Detail, StringComparison.Ordinal);
    }

    private async Task AcceptsAsync(string key, string token) =>
        Assert.Equal(default, await FaultOfAsync(key, token));

    private async Task<Ending> FaultOfAsync(string key, string token)
    {
        var result = await TestTokens.CheckAsync(TestTokens.With(key), token, _time);
        return result.Accepted ? default : result.Refusal;
    }

    private string FileWith(string content)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllText(path, content);
        return "file:" + path;
    }

    private string Fault(string key) => Assert.Single(Faults(TestTokens.With(key)));

    private IReadOnlyList<string> Faults(JwtSettings settings) => TestTokens.Check(settings, _time).Faults;
}
