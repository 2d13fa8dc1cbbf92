using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Bascule.Model;
using Bascule.Settings;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>Tokens made for development, and how a token is shown.</summary>
public sealed class TokenIssuerTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_token_says_what_was_asked_for()
    {
        var request = new TokenRequest
        {
            Subject = "zoë",
            Lifetime = TimeSpan.FromMinutes(5),
            Issuer = "joe",
            Audience = "gate",
            Roles = ["a", "b"],
            Tier = "gold",
            Read = ["prices.*"],
            Write = [],
            KeyId = "k",
            Claims = new Dictionary<string, JsonNode?> { ["room"] = 7 },
        };

        var (shown, fault) = await InspectAsync(TokenIssuer.Issue(request, TestTokens.SecretKey, _time));

        Assert.Null(fault);
        Assert.Equal("""{"alg":"HS256","typ":"JWT","kid":"k"}""", shown!.Header.ToJsonString());
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"sub":"zoë","iss":"joe","aud":"gate","roles":["a","b"],"tier":"gold","read":["prices.*"],"write":[],"iat":1772366400,"exp":1772366700,"room":7}"""),
            shown.Claims));
        Assert.Equal(["issued 0 s ago", "expires in 5 min"], shown.Times.Select(t => t.Words));
        Assert.Null(shown.TimeFault);
    }

    [Fact]
    public void An_algorithm_that_the_key_cannot_do_is_refused() =>
        Assert.Throws<ArgumentException>(() => TokenIssuer.Issue(new TokenRequest { Subject = "a", Algorithm = "RS256" }, TestTokens.SecretKey, _time));

    [Fact]
    public void Only_private_keys_of_known_kinds_sign()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Equal(["RS256", "PS256"], SigningKey.FromPem(TestTokens.RsaPrivatePem, out _)!.Algorithms);
        Assert.Equal(["ES256"], SigningKey.FromPem(TestTokens.EcPrivatePem, out _)!.Algorithms);
        const string Broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        foreach (var pem in new[] { "", "secret", TestTokens.RsaPublicPem, other.ExportPkcs8PrivateKeyPem(), Broken })
        {
            Assert.Null(SigningKey.FromPem(pem, out var fault));
            Assert.Contains("not a private key", fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_inspection_says_whether_a_given_key_fits()
    {
        var token = TestTokens.Issue(_time);

        Assert.Null((await InspectAsync(token, "secret:" + TestTokens.Secret)).Inspection!.SignatureFault);
        Assert.Equal(EndReasons.TokenBadSignature, (await InspectAsync(token, "secret:" + new string('x', 32))).Inspection!.SignatureFault?.Reason);
        Assert.Equal(EndReasons.TokenAlgorithmRefused, (await InspectAsync(token, TestTokens.RsaPublicPem)).Inspection!.SignatureFault?.Reason);
        Assert.Contains("the key cannot be used", (await InspectAsync(token, "secret:x")).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_inspection_says_when_a_token_is_out_of_its_time()
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();

        var expired = (await InspectAsync(TestTokens.Issue(_time, ("exp", now - 90)))).Inspection!;
        var early = (await InspectAsync(TestTokens.Issue(_time, ("nbf", now + 90000)))).Inspection!;

        Assert.Equal(new Ending(EndReasons.TokenExpired, "expired 1 min 30 s ago"), expired.TimeFault);
        Assert.Equal(new Ending(EndReasons.TokenNotYetValid, "becomes valid in 1 d 1 h"), early.TimeFault);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c.d.e")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.W10.AA")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.ew.AA")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJhIjoiXHVkODAwIn0.AA")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJcdWQ4MDAiOjF9.AA")]
    public async Task What_is_no_token_is_not_shown(string token)
    {
        var (shown, fault) = await InspectAsync(token);

        Assert.Null(shown);
        Assert.NotNull(fault);
    }

    [Fact]
    public async Task An_unsigned_token_can_be_shown_and_odd_claims_do_no_harm()
    {
        var (shown, _) = await InspectAsync(TestTokens.Raw("""{"alg":"none"}""", """{"exp":"soon","nbf":null}""", signature: []));

        Assert.Equal("none", (string?)shown!.Header["alg"]);
        Assert.Empty(shown.Times);
    }

    private Task<(TokenInspection? Inspection, string? Fault)> InspectAsync(string token, string? key = null) =>
        TokenInspector.InspectAsync(token, key is null ? null : new KeySettings { Value = key }, _time, CancellationToken.None);
}
