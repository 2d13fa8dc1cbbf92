using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bascule.Model;
using Bascule.Testing;

namespace Bascule.Admission.Tests;

/// <summary>A note from its seal to its opening, and what does not open.</summary>
public sealed class NoteSealTests : IDisposable
{
    private const string Secret = "a secret that two machines share";
    private const string Place = "/ws/prices";

    private readonly ManualTime _time = new();
    private readonly NoteSeal _near;
    private readonly NoteSeal _far;

    public NoteSealTests()
    {
        _near = new NoteSeal("terms", Secret, _time);
        _far = new NoteSeal("terms", Secret, _time);
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    [Fact]
    public async Task It_opens_where_it_was_meant_to_be_opened_once()
    {
        var note = Seal();

        var opened = await _far.OpenAsync(note, Place, TestContext.Current.CancellationToken);

        Assert.Equal(("""{"user":"ann"}""", null), (opened.Json, opened.Refusal));
        await MustBeRefusedAsync(note, EndReasons.TicketInvalid, "it was used before; each is good for one attempt");
    }

    [Fact]
    public async Task Two_notes_that_say_the_same_are_two()
    {
        Assert.NotNull((await _far.OpenAsync(Seal(), Place, TestContext.Current.CancellationToken)).Json);
        Assert.NotNull((await _far.OpenAsync(Seal(), Place, TestContext.Current.CancellationToken)).Json);
    }

    [Theory]
    [InlineData("terms", "another secret, as long as the first")]
    [InlineData("other", Secret)]
    public async Task Another_secret_or_purpose_does_not_open_it(string purpose, string secret)
    {
        using var other = new NoteSeal(purpose, secret, _time);
        await MustBeRefusedAsync(Seal(other), EndReasons.TokenBadSignature, "alg is HS256");
    }

    [Fact]
    public async Task A_token_of_a_user_signed_with_the_same_secret_is_no_note()
    {
        var claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["jti"] = "1", ["note"] = new JsonObject() };
        using var key = SigningKey.FromSecret(Secret);
        await MustBeRefusedAsync(TokenIssuer.Issue(new TokenRequest { Subject = "eve", Audience = Place, Claims = claims }, key, _time), EndReasons.TokenBadSignature, "alg is HS256");
    }

    [Fact]
    public async Task It_is_good_for_its_place_alone_and_is_not_used_up_elsewhere()
    {
        var note = Seal();
        var elsewhere = await _far.OpenAsync(note, "/ws/chat", TestContext.Current.CancellationToken);

        Assert.Equal(new Ending(EndReasons.TokenWrongAudience, "The token is for `/ws/prices`; expected `/ws/chat`."), elsewhere.Refusal);
        Assert.NotNull((await _far.OpenAsync(note, Place, TestContext.Current.CancellationToken)).Json);
    }

    [Fact]
    public async Task It_is_over_when_its_life_and_the_difference_of_clocks_have_passed()
    {
        var (good, late) = (Seal(), Seal());
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull((await _far.OpenAsync(good, Place, TestContext.Current.CancellationToken)).Json);
        _time.Advance(TimeSpan.FromSeconds(1));
        await MustBeRefusedAsync(late, EndReasons.TokenExpired, "Expired 30 s ago");
        // What is forgotten by now is refused all the same.
        await MustBeRefusedAsync(good, EndReasons.TokenExpired, "Expired 30 s ago");
    }

    [Fact]
    public async Task Every_part_of_it_counts()
    {
        var parts = Seal().Split('.');
        await MustBeRefusedAsync($"{parts[0]}.{Part(Text(parts[1]).Replace("ann", "eve", StringComparison.Ordinal))}.{parts[2]}", EndReasons.TokenBadSignature, "alg is HS256");
        await MustBeRefusedAsync($"{Part("""{"alg":"none"}""")}.{parts[1]}.", EndReasons.TokenAlgorithmRefused, "alg is `none`");
        await MustBeRefusedAsync($"{Part("""{"alg":"HS512"}""")}.{parts[1]}.{parts[2]}", EndReasons.TokenAlgorithmRefused, "alg is `HS512`");
        await MustBeRefusedAsync($"{parts[0]}.{parts[1]}.", EndReasons.TokenMalformed, "Its signature is empty");
        await MustBeRefusedAsync("no note", EndReasons.TokenMalformed, "character 3 is U+0020");
        await MustBeRefusedAsync("", EndReasons.TokenMalformed, "it has no dots");
    }

    [Theory]
    [InlineData("""{"alg":"HS256"}""", "", "it has no `jti` or no `exp`")]
    [InlineData("""{"alg":"HS256"}""", ""","exp":EXP""", "it has no `jti` or no `exp`")]
    [InlineData("""{"alg":"HS256"}""", ""","jti":"1","exp":99999999999""", "it is good for ")]
    [InlineData("""{"alg":"HS256"}""", ""","jti":"1","exp":EXP""", "it has no `note`")]
    [InlineData("""{"alg":"HS256","crit":["x"]}""", ""","jti":"1","exp":EXP""", "its header demands extensions")]
    public async Task What_was_signed_with_the_secret_and_is_no_note_is_refused(string header, string claims, string detail)
    {
        var payload = $$"""{"sub":"x","aud":"{{Place}}"{{claims.Replace("EXP", $"{_time.GetUtcNow().ToUnixTimeSeconds() + 30}", StringComparison.Ordinal)}}}""";
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"bascule terms\n{Secret}"));
        await MustBeRefusedAsync(TestTokens.Raw(header, payload, secret: key), EndReasons.TokenMalformed, detail);
    }

    [Fact]
    public async Task What_no_header_field_carries_is_not_sealed_and_not_read()
    {
        Assert.Null(_near.Seal("x", Place, JsonValue.Create(new string('x', NoteSeal.MostBytes))));
        await MustBeRefusedAsync(new string('x', NoteSeal.MostBytes + 1), EndReasons.TokenMalformed, $"the token has {NoteSeal.MostBytes + 1} bytes");
    }

    [Fact]
    public async Task No_more_are_opened_than_can_be_remembered_until_the_old_ones_are_over()
    {
        using var small = new NoteSeal("terms", Secret, _time, mostRemembered: 2);
        var first = Seal();
        Assert.Null((await small.OpenAsync(first, Place, TestContext.Current.CancellationToken)).Refusal);
        Assert.Null((await small.OpenAsync(Seal(), Place, TestContext.Current.CancellationToken)).Refusal);
        Assert.Equal(new Ending(EndReasons.Overloaded, "2 of them were used within the last minute; no more can be remembered"), (await small.OpenAsync(Seal(), Place, TestContext.Current.CancellationToken)).Refusal);
        Assert.Equal(EndReasons.TicketInvalid, (await small.OpenAsync(first, Place, TestContext.Current.CancellationToken)).Refusal!.Value.Reason);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Null((await small.OpenAsync(Seal(), Place, TestContext.Current.CancellationToken)).Refusal);
    }

    private string Seal(NoteSeal? by = null) => (by ?? _near).Seal("attempt", Place, new JsonObject { ["user"] = "ann" })!;

    private async Task MustBeRefusedAsync(string text, EndReason reason, string detail)
    {
        var opened = await _far.OpenAsync(text, Place, TestContext.Current.CancellationToken);
        Assert.Null(opened.Json);
        Assert.Equal(reason, opened.Refusal!.Value.Reason);
        Assert.Contains(detail, opened.Refusal.Value.Detail, StringComparison.Ordinal);
    }

    private static string Text(string part) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(part));

    private static string Part(string text) => TestTokens.Part(text);
}
