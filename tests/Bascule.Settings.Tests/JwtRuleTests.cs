namespace Bascule.Settings.Tests;

/// <summary>Keys and algorithms that could not check a token safely.</summary>
public sealed class JwtRuleTests
{
    private static readonly string Secret32 = new('s', 32);

    [Theory]
    [InlineData("{}", "auth.jwt", "has neither keys nor jwksUrl")]
    [InlineData("""{ "jwksUrl": "http://id.example.org/keys" }""", "auth.jwt.jwksUrl", "is fetched without TLS")]
    [InlineData("""{ "jwksUrl": "keys.json" }""", "auth.jwt.jwksUrl", "is not a URL")]
    [InlineData("""{ "keys": ["hmac:abc"] }""", "auth.jwt.keys.0.value", "does not say what kind of key it is")]
    [InlineData("""{ "keys": ["just-a-secret-without-a-prefix-and-long-enough"] }""", "auth.jwt.keys.0.value", "does not say what kind of key it is")]
    [InlineData("""{ "keys": ["secret:short"] }""", "auth.jwt.keys.0.value", "is a secret of 5 bytes; HS256 needs at least 32")]
    [InlineData("""{ "keys": ["base64:AAAA"] }""", "auth.jwt.keys.0.value", "is a secret of 3 bytes; HS256 needs at least 32")]
    [InlineData("""{ "keys": ["base64:!"] }""", "auth.jwt.keys.0.value", "is not base64 after base64:")]
    [InlineData("""{ "keys": ["file:no.pem"] }""", "auth.jwt.keys.0.value", "names a file that does not exist")]
    [InlineData("""{ "jwksUrl": "https://id.example.org/", "algorithms": ["none"] }""", "auth.jwt.algorithms", "holds \"none\", which is not accepted")]
    [InlineData("""{ "jwksUrl": "https://id.example.org/", "algorithms": ["hs256"] }""", "auth.jwt.algorithms", "holds \"hs256\", which is not accepted")]
    public void An_unusable_or_unsafe_check_is_a_fault(string jwt, string path, string problem) => AssertFault(jwt, path, problem);

    [Theory]
    [InlineData("HS384", 47, 48)]
    [InlineData("HS512", 63, 64)]
    public void A_pinned_algorithm_sets_the_length_of_its_secret(string algorithm, int length, int least)
    {
        AssertFault($$"""{ "keys": ["secret:{{new string('s', length)}}"], "algorithms": ["{{algorithm}}"] }""", "auth.jwt.keys.0.value",
            $"is a secret of {length} bytes; {algorithm} needs at least {least} (RFC 7518 §3.2)");
        Assert.NotNull(SettingsFolder.SettingsOf(
            $$"""{ "auth": { "jwt": { "keys": ["secret:{{new string('s', least)}}"], "algorithms": ["{{algorithm}}"] } } }""").Auth.Jwt);
    }

    [Fact]
    public void A_secret_that_no_allowed_algorithm_uses_is_a_fault() =>
        AssertFault($$"""{ "keys": ["secret:{{Secret32}}"], "algorithms": ["RS256"] }""", "auth.jwt.keys.0.value", "is a secret, but none of auth.jwt.algorithms uses one");

    [Theory]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMII", true)]
    [InlineData("{ \"keys\": [] }", true)]
    [InlineData("ssssssssssssssssssssssssssssssss\n", true)]
    [InlineData("sssssssssssssssssssssssssssssss\n", false)]
    public void A_file_may_hold_PEM_a_key_set_or_a_long_secret(string content, bool isGood)
    {
        using var folder = new SettingsFolder().With("bascule.json", """{ "auth": { "jwt": { "keys": ["file:key"] } } }""").With("key", content);

        Assert.Equal(isGood, folder.Load().IsGood);
    }

    [Theory]
    [InlineData("""{ "jwksUrl": "http://127.0.0.1:8080/keys" }""")]
    [InlineData("""{ "keys": ["-----BEGIN PUBLIC KEY-----\nMII"] }""")]
    [InlineData("""{ "keys": ["base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] }""")]
    [InlineData("""{ "keys": [{ "value": "secret:ssssssssssssssssssssssssssssssss", "id": "k1" }] }""")]
    public void Checks_that_can_be_made_are_taken(string jwt) => Assert.NotNull(SettingsFolder.SettingsOf($$"""{ "auth": { "jwt": {{jwt}} } }""").Auth.Jwt);

    private static void AssertFault(string jwt, string path, string problem)
    {
        var fault = SettingsFolder.FaultOf($$"""{ "auth": { "jwt": {{jwt}} } }""");
        Assert.Equal(path, fault.Path);
        Assert.StartsWith(problem, fault.Problem);
    }
}
