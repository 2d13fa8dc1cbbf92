using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule token</c> as a user meets it: what it prints, and its exit codes.</summary>
public sealed class TokenCommandTests : IDisposable
{
    private const string Secret = "a secret of thirty-two bytes, ok";

    private readonly Terminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public async Task What_was_issued_can_be_inspected_and_confirmed()
    {
        var issued = await RunAsync(
            "issue", "--subject", "alice", "--secret", Secret, "--role", "a", "--role", "b", "--claim", "room=7", "--claim", "name=x y", "--kid", "k");
        var shown = await RunAsync("inspect", issued.Standard.Trim(), "--secret", Secret, "--json");

        Assert.Equal((0, ""), (issued.Code, issued.Error));
        Assert.DoesNotContain('\n', issued.Standard.TrimEnd());
        Assert.Equal(0, shown.Code);
        var json = JsonNode.Parse(shown.Standard)!;
        Assert.Equal("good", (string?)json["signature"]);
        Assert.Equal("""["a","b"]""", json["claims"]!["roles"]!.ToJsonString());
        Assert.Equal((7, "x y"), ((int)json["claims"]!["room"]!, (string?)json["claims"]!["name"]));
    }

    [Fact]
    public async Task Topics_are_lists_of_their_own()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--secret", Secret, "--read", "prices.*", "--read", "news");
        var shown = await RunAsync("inspect", issued.Standard.Trim(), "--json");

        var claims = JsonNode.Parse(shown.Standard)!["claims"]!.AsObject();
        Assert.Equal("""["prices.*","news"]""", claims["read"]!.ToJsonString());
        Assert.False(claims.ContainsKey("write"));
    }

    [Fact]
    public async Task A_key_pair_in_files_signs_and_confirms()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _terminal.With("private.pem", ec.ExportPkcs8PrivateKeyPem()).With("public.pem", ec.ExportSubjectPublicKeyInfoPem());

        var issued = await RunAsync("issue", "--subject", "alice", "--key-file", "private.pem");
        var shown = await RunAsync("inspect", issued.Standard.Trim(), "--key-file", "public.pem");

        Assert.Equal(0, shown.Code);
        Assert.Contains("""{"alg":"ES256","typ":"JWT"}""", shown.Standard, StringComparison.Ordinal);
        Assert.Contains("expires in", shown.Standard, StringComparison.Ordinal);
        Assert.Contains("signature  good", shown.Standard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_a_file_is_the_same_with_and_without_its_line_end()
    {
        _terminal.With("secret.txt", Secret + "\n");

        var issued = await RunAsync("issue", "--subject", "alice", "--key-file", "secret.txt");

        Assert.Equal(0, (await RunAsync("inspect", issued.Standard.Trim(), "--secret", Secret)).Code);
    }

    [Fact]
    public async Task A_configuration_gives_key_key_id_issuer_and_audience()
    {
        _terminal.With("bascule.json", $$"""
            { "auth": { "jwt": { "issuer": "joe", "audience": "gate", "keys": [{ "value": "secret:{{Secret}}", "id": "k1" }] } } }
            """);

        var issued = await RunAsync("issue", "--subject", "alice", "--audience", "other");
        var shown = await RunAsync("inspect", issued.Standard.Trim(), "--secret", Secret, "--json");

        Assert.Equal((0, ""), (issued.Code, issued.Error));
        var json = JsonNode.Parse(shown.Standard)!;
        Assert.Equal(("k1", "joe", "other"), ((string?)json["header"]!["kid"], (string?)json["claims"]!["iss"], (string?)json["claims"]!["aud"]));
    }

    [Fact]
    public async Task A_faulty_configuration_signs_nothing()
    {
        _terminal.With("bascule.json", """{ "auth": { "jwt": { "keys": ["secret:short"] } } }""");

        var issued = await RunAsync("issue", "--subject", "alice");

        Assert.Equal((1, ""), (issued.Code, issued.Standard));
        Assert.Contains("auth.jwt.keys", issued.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_verified()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--secret", Secret);

        var shown = await RunAsync("inspect", issued.Standard.Trim());

        Assert.Equal(0, shown.Code);
        Assert.Contains("signature  unchecked", shown.Standard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_an_expired_token_and_what_is_no_token_are_told_with_exit_code_1()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--secret", Secret, "--expires", "0s");

        var shown = await RunAsync("inspect", issued.Standard.Trim(), "--secret", new string('x', 32));
        var none = await RunAsync("inspect", "a.b.c.d.e");

        Assert.Equal((1, 1), (shown.Code, none.Code));
        Assert.Contains("problem    token_bad_signature", shown.Standard, StringComparison.Ordinal);
        Assert.Contains("problem    token_expired", shown.Standard, StringComparison.Ordinal);
        Assert.Contains("five parts", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("has no auth.jwt", "issue", "--subject", "a")]
    [InlineData("not both", "issue", "--subject", "a", "--secret", Secret, "--key-file", "x")]
    [InlineData("shorter than 32 bytes", "issue", "--subject", "a", "--secret", "short")]
    [InlineData("cannot be read", "issue", "--subject", "a", "--key-file", "no-such-file")]
    [InlineData("--expires is 1", "issue", "--subject", "a", "--secret", Secret, "--expires", "1")]
    [InlineData("--expires is 99999d", "issue", "--subject", "a", "--secret", Secret, "--expires", "99999d")]
    [InlineData("--alg is RS256", "issue", "--subject", "a", "--secret", Secret, "--alg", "RS256")]
    [InlineData("NAME=VALUE", "issue", "--subject", "a", "--secret", Secret, "--claim", "x")]
    [InlineData("option of its own", "issue", "--subject", "a", "--secret", Secret, "--claim", "sub=b")]
    [InlineData("option of its own", "issue", "--subject", "a", "--secret", Secret, "--claim", "read=b")]
    [InlineData("--read is \"a b\", which holds a character that no topic can have", "issue", "--subject", "a", "--secret", Secret, "--read", "a b")]
    [InlineData("--write is \"*a\", which has a * that is not its last character", "issue", "--subject", "a", "--secret", Secret, "--write", "*a")]
    [InlineData("not both", "inspect", "x", "--secret", Secret, "--key-file", "x")]
    public async Task A_wrong_use_is_explained_with_exit_code_64(string evidence, params string[] arguments)
    {
        var result = await RunAsync(arguments);

        Assert.Equal((64, ""), (result.Code, result.Standard));
        Assert.Contains(evidence, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_key_cannot_issue()
    {
        using var rsa = RSA.Create(2048);
        _terminal.With("public.pem", rsa.ExportSubjectPublicKeyInfoPem());

        var result = await RunAsync("issue", "--subject", "a", "--key-file", "public.pem");

        Assert.Equal(64, result.Code);
        Assert.Contains("not a private key", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issue")]
    [InlineData("inspect")]
    public async Task The_help_has_an_example(string command) =>
        Assert.Contains($"bascule token {command} ", (await RunAsync(command, "--help")).Standard, StringComparison.Ordinal);

    private Task<Ran> RunAsync(params string[] arguments) => _terminal.RunAsync(["token", .. arguments]);
}
