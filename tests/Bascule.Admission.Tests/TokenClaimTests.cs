using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>What genuine tokens say, and when that is not enough.</summary>
public sealed class TokenClaimTests
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_good_token_gives_the_identity_that_it_names()
    {
        var token = TestTokens.Issue(_time, ("iss", "joe"), ("jti", "7"), ("roles", new System.Text.Json.Nodes.JsonArray("admin", "ops")), ("tier", "gold"));

        var identity = (await CheckAsync(token)).Identity!;

        Assert.Equal(("alice", "joe", "7", "gold"), (identity.Subject, identity.Issuer, identity.TokenId, identity.Tier));
        Assert.Equal(["admin", "ops"], identity.Roles);
        Assert.Equal(_time.GetUtcNow().AddHours(1), identity.ExpiresAt);
    }

    [Theory]
    [InlineData("""{"sub":"a"}""", "")]
    [InlineData("""{"sub":"a","roles":null,"role":null}""", "")]
    [InlineData("""{"sub":"a","roles":"x y,z , w"}""", "x|y|z|w")]
    [InlineData("""{"sub":"a","role":"x"}""", "x")]
    [InlineData("""{"sub":"a","role":["x","y z"]}""", "x|y z")]
    [InlineData("""{"sub":"a","roles":["x"],"role":"y"}""", "x")]
    public async Task Roles_are_read_in_each_of_their_forms(string payload, string roles) =>
        Assert.Equal(roles, string.Join('|', (await CheckAsync(Hs256(payload))).Identity!.Roles));

    [Theory]
    [InlineData("""{}""", "`sub`")]
    [InlineData("""{"sub":""}""", "`sub`")]
    [InlineData("""{"sub":42}""", "`sub` has a value of type number")]
    [InlineData("""{"sub":"a","exp":"2030"}""", "`exp` has a value of type string")]
    [InlineData("""{"sub":"a","nbf":true}""", "`nbf` has a value of type boolean")]
    [InlineData("""{"sub":"a","iss":[]}""", "`iss` has a value of type array")]
    [InlineData("""{"sub":"a","aud":1}""", "`aud` has a value of type number")]
    [InlineData("""{"sub":"a","aud":["x",1]}""", "`aud` has a value of type number")]
    [InlineData("""{"sub":"a","roles":{"admin":true}}""", "`roles` has a value of type object")]
    [InlineData("""{"sub":"a","tier":1}""", "`tier`")]
    [InlineData("""{"sub":"a","jti":1}""", "`jti`")]
    [InlineData("""{"sub":"a","sub":"b"}""", "payload")]
    [InlineData("""{"sub":"\udc00"}""", "payload")]
    [InlineData("[]", "payload")]
    [InlineData("hello", "payload")]
    [InlineData("", "payload")]
    public async Task A_claim_of_the_wrong_type_is_named(string payload, string evidence)
    {
        var refusal = (await CheckAsync(Hs256(payload))).Refusal;

        Assert.Equal(EndReasons.TokenMalformed, refusal.Reason);
        Assert.Contains(evidence, refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"sub":"a"}""", null, null)]
    [InlineData("""{"sub":"a","read":null,"write":[]}""", null, "")]
    [InlineData("""{"sub":"a","read":["prices.*","news"],"write":"chat  room:1"}""", "prices.*|news", "chat|room:1")]
    [InlineData("""{"sub":"a","read":"","write":"*"}""", "", "*")]
    public async Task The_topics_of_a_token_are_read_in_both_forms(string payload, string? read, string? write)
    {
        var identity = (await CheckAsync(Hs256(payload))).Identity!;

        Assert.Equal((read, write), (Joined(identity.Read), Joined(identity.Write)));

        static string? Joined(IReadOnlyList<string>? topics) => topics is null ? null : string.Join('|', topics);
    }

    [Theory]
    [InlineData("true", "`read` has a value of type boolean; it must be a string or an array of strings.")]
    [InlineData("[\"a\",1]", "`read` has a value of type number; it must be an array of strings only.")]
    [InlineData("[\"a b\"]", "`read` must be a list of topics and patterns (`prices.*`), but `a b` holds a character that no topic can have.")]
    [InlineData("[\"a*b\"]", "`read` must be a list of topics and patterns (`prices.*`), but `a*b` has a * that is not its last character.")]
    [InlineData("\"a,b\"", "`read` must be a list of topics and patterns (`prices.*`), but `a,b` holds a character that no topic can have.")]
    public async Task Topics_that_could_never_fit_are_named(string claim, string detail)
    {
        foreach (var name in new[] { "read", "write" })
        {
            var refusal = (await CheckAsync(Hs256($$"""{"sub":"a","{{name}}":{{claim}}}"""))).Refusal;

            Assert.Equal((EndReasons.TokenMalformed, detail.Replace("read", name, StringComparison.Ordinal)), (refusal.Reason, refusal.Detail));
        }
    }

    [Fact]
    public async Task Topics_are_bounded_in_number_and_size()
    {
        var settings = TestTokens.WithSecret with { MaxBytes = 65536 };
        var thousand = string.Join(' ', Enumerable.Range(0, 1000));

        var most = await TestTokens.CheckAsync(settings, TestTokens.Issue(_time, ("read", thousand)), _time);
        var more = await TestTokens.CheckAsync(settings, TestTokens.Issue(_time, ("read", thousand + " x")), _time);
        var longest = await TestTokens.CheckAsync(settings, TestTokens.Issue(_time, ("write", new string('a', 201))), _time);

        Assert.Equal(1000, most.Identity!.Read!.Count);
        Assert.Equal("`read` has 1001 entries; at most 1000 are taken.", more.Refusal.Detail);
        Assert.EndsWith("has more than 200 characters.", longest.Refusal.Detail);
    }

    [Fact]
    public async Task A_token_lives_until_its_expiry_and_the_skew_and_not_a_second_more()
    {
        var token = TestTokens.Issue(_time, ("exp", _time.GetUtcNow().ToUnixTimeSeconds()));

        _time.Advance(TimeSpan.FromSeconds(29));
        var before = await CheckAsync(token);
        _time.Advance(TimeSpan.FromSeconds(1));
        var after = await CheckAsync(token);

        Assert.True(before.Accepted);
        Assert.Equal(EndReasons.TokenExpired, after.Refusal.Reason);
    }

    [Fact]
    public async Task The_same_check_refuses_later_what_it_accepted_before()
    {
        await using var check = TestTokens.Check(TestTokens.WithSecret, _time);
        var token = TestTokens.Issue(_time);

        Assert.True((await check.CheckAsync(token, CancellationToken.None)).Accepted);
        _time.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(EndReasons.TokenExpired, (await check.CheckAsync(token, CancellationToken.None)).Refusal.Reason);
    }

    [Fact]
    public async Task An_expired_token_is_told_since_when()
    {
        var token = TestTokens.Issue(_time);
        _time.Advance(new TimeSpan(1, 3, 20));

        Assert.Equal("Expired 3 min 20 s ago at 2026-03-01T13:00:00Z; clock skew allowed 30 s.", (await CheckAsync(token)).Refusal.Detail);
    }

    [Fact]
    public async Task A_token_counts_from_its_start_less_the_skew_and_not_a_second_sooner()
    {
        var token = TestTokens.Issue(_time, ("nbf", _time.GetUtcNow().ToUnixTimeSeconds() + 31));

        var before = await CheckAsync(token);
        _time.Advance(TimeSpan.FromSeconds(1));
        var after = await CheckAsync(token);

        Assert.Equal(EndReasons.TokenNotYetValid, before.Refusal.Reason);
        Assert.Equal("Valid in 31 s, from 2026-03-01T12:00:31Z on; clock skew allowed 30 s.", before.Refusal.Detail);
        Assert.True(after.Accepted);
    }

    [Theory]
    [InlineData("1e300", true)]
    [InlineData("-1e300", false)]
    [InlineData("253402300800", true)]
    [InlineData("1772366400.5", true)]
    public async Task Times_beyond_any_calendar_or_with_a_fraction_are_read(string exp, bool accepted) =>
        Assert.Equal(accepted, (await CheckAsync(Hs256($$"""{"sub":"a","exp":{{exp}}}"""))).Accepted);

    [Fact]
    public async Task A_token_without_expiry_is_accepted() => Assert.Null((await CheckAsync(Hs256("""{"sub":"a"}"""))).Identity!.ExpiresAt);

    [Theory]
    [InlineData("""{"sub":"a","aud":"gate"}""", null)]
    [InlineData("""{"sub":"a","aud":["x","gate"]}""", null)]
    [InlineData("""{"sub":"a","aud":"Gate"}""", "The token is for `Gate`; expected `gate`.")]
    [InlineData("""{"sub":"a","aud":["x","y"]}""", "The token is for `x`, `y`; expected `gate`.")]
    [InlineData("""{"sub":"a"}""", "The token names no audience; expected `gate`.")]
    public async Task A_token_must_be_for_us(string payload, string? detail)
    {
        var result = await TestTokens.CheckAsync(TestTokens.WithSecret with { Audience = "gate" }, Hs256(payload), _time);

        Assert.Equal(detail is null, result.Accepted);
        if (!result.Accepted)
            Assert.Equal(new Ending(EndReasons.TokenWrongAudience, detail), result.Refusal);
    }

    [Theory]
    [InlineData("""{"sub":"a","iss":"joe"}""", null)]
    [InlineData("""{"sub":"a","iss":"eve\n`x"}""", "The token is from `eve??x`; expected `joe`.")]
    [InlineData("""{"sub":"a"}""", "The token names no issuer; expected `joe`.")]
    public async Task A_token_must_be_from_our_issuer(string payload, string? detail)
    {
        var result = await TestTokens.CheckAsync(TestTokens.WithSecret with { Issuer = "joe" }, Hs256(payload), _time);

        Assert.Equal(detail is null, result.Accepted);
        if (!result.Accepted)
            Assert.Equal(new Ending(EndReasons.TokenWrongIssuer, detail), result.Refusal);
    }

    [Fact]
    public async Task What_never_mends_is_told_before_what_a_new_token_would_mend()
    {
        var settings = TestTokens.WithSecret with { Audience = "gate" };

        Assert.Equal(EndReasons.TokenWrongAudience, (await TestTokens.CheckAsync(settings, Hs256("""{"sub":"a","exp":1}"""), _time)).Refusal.Reason);
    }

    [Fact]
    public async Task Claims_of_a_forged_token_are_never_told()
    {
        var forged = TestTokens.Raw("""{"alg":"HS256"}""", """{"sub":"a","exp":1,"iss":"evil"}""", secret: new byte[32]);

        var refusal = (await TestTokens.CheckAsync(TestTokens.WithSecret with { Issuer = "joe" }, forged, _time)).Refusal;

        Assert.Equal(EndReasons.TokenBadSignature, refusal.Reason);
        Assert.DoesNotContain("evil", refusal.Detail, StringComparison.Ordinal);
    }

    private static string Hs256(string payload) => TestTokens.Raw("""{"alg":"HS256","typ":"JWT"}""", payload);

    private Task<TokenResult> CheckAsync(string token) => TestTokens.CheckAsync(TestTokens.WithSecret, token, _time);
}
