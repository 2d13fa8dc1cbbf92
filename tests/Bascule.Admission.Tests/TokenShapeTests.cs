using System.Text;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>Tokens that are refused for how they are made, before anything in them counts.</summary>
public sealed class TokenShapeTests
{
    private const string Hs256 = """{"alg":"HS256"}""";
    private const string Alice = """{"sub":"alice"}""";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task No_token_is_told_as_such(string? token) =>
        Assert.Equal(EndReasons.TokenMissing, (await TestTokens.CheckAsync(TestTokens.WithSecret, token)).Refusal.Reason);

    [Theory]
    [InlineData("abc", "no dots")]
    [InlineData("a.b", "2 parts")]
    [InlineData("a.b.c.d", "4 parts")]
    [InlineData("a.b.c.d.e", "five parts")]
    [InlineData("a.b.c.d.e.f", "6 parts")]
    [InlineData("..", "header")]
    [InlineData("\"a.b.c\"", "U+0022")]
    [InlineData("a.b.c=", "U+003D")]
    [InlineData("a.b .c", "U+0020")]
    [InlineData("a.b\n.c", "U+000A")]
    [InlineData("ab.ä.c", "U+00E4")]
    [InlineData("abcde.e30.e30", "part 1")]
    [InlineData("e30.abcde.e30", "part 2")]
    [InlineData("e30.e30.abcde", "part 3")]
    public async Task A_broken_shape_is_described(string token, string evidence)
    {
        var refusal = await MalformedAsync(token);

        Assert.Contains(evidence, refusal, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"alg":1}""")]
    [InlineData("""{"alg":null}""")]
    [InlineData("""{"alg":"HS256","kid":7}""")]
    [InlineData("""{"alg":"HS256","alg":"HS256"}""")]
    [InlineData("""{"alg":"HS256","kid":"\ud800"}""")]
    [InlineData("""{"alg":"HS256","\ud800":1}""")]
    public async Task A_header_that_is_none_is_refused(string header) =>
        Assert.NotEmpty(await MalformedAsync(TestTokens.Raw(header, Alice)));

    [Fact]
    public async Task A_header_that_is_not_UTF8_is_refused()
    {
        var token = TestTokens.Raw(Hs256, Alice);

        await MalformedAsync(TestTokens.Part([0x7B, 0x22, 0xC3, 0x28, 0x22, 0x7D]) + token[token.IndexOf('.')..]);
    }

    [Fact]
    public async Task A_header_nested_without_end_is_refused() => await MalformedAsync(TestTokens.Raw(new string('[', 5000), Alice));

    [Theory]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""")]
    [InlineData("""{"alg":"HS256","crit":[]}""")]
    public async Task Extensions_that_must_be_known_are_refused(string header) =>
        Assert.Contains("crit", await MalformedAsync(TestTokens.Raw(header, Alice)), StringComparison.Ordinal);

    [Fact]
    public async Task An_empty_signature_is_refused() =>
        Assert.Contains("signature is empty", await MalformedAsync(TestTokens.Raw(Hs256, Alice, signature: [])), StringComparison.Ordinal);

    [Fact]
    public async Task The_longest_token_passes_and_one_byte_more_does_not()
    {
        var token = TestTokens.Raw(Hs256, Alice);

        var fits = await TestTokens.CheckAsync(TestTokens.WithSecret with { MaxBytes = token.Length }, token);
        var excess = await TestTokens.CheckAsync(TestTokens.WithSecret with { MaxBytes = token.Length - 1 }, token);

        Assert.True(fits.Accepted);
        Assert.Equal(EndReasons.TokenMalformed, excess.Refusal.Reason);
        Assert.Equal($"The token has {token.Length} bytes, more than auth.jwt.maxBytes ({token.Length - 1}).", excess.Refusal.Detail);
    }

    [Fact]
    public async Task Random_text_is_refused_without_an_exception()
    {
        var random = new Random(4711);
        var settings = TestTokens.With("secret:" + TestTokens.Secret, TestTokens.RsaPublicPem, TestTokens.EcPublicPem);
        await using var check = TestTokens.Check(settings, new ManualTime());
        string[] algorithms = ["HS256", "HS512", "RS256", "PS256", "ES256", "none"];
        for (var i = 0; i < 3000; i++)
        {
            var noise = new byte[random.Next(0, 300)];
            random.NextBytes(noise);
            var header = $$"""{"alg":"{{algorithms[i % algorithms.Length]}}"}""";
            var token = (i % 3) switch
            {
                0 => TestTokens.Raw(header, Alice, signature: noise),
                1 => TestTokens.Raw(Encoding.Latin1.GetString(noise), Alice),
                _ => Encoding.Latin1.GetString(noise),
            };

            Assert.False((await check.CheckAsync(token, CancellationToken.None)).Accepted);
        }
    }

    private static async Task<string> MalformedAsync(string token)
    {
        var result = await TestTokens.CheckAsync(TestTokens.WithSecret, token);
        Assert.Equal(EndReasons.TokenMalformed, result.Refusal.Reason);
        return result.Refusal.Detail!;
    }
}
