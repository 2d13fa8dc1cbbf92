using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule token</c> as a user meets it: what it prints, and its exit codes.</summary>
public sealed class TokenCommandTests : IDisposable
{
    private const string Secret = "a secret of thirty-two bytes, ok";

    private readonly string _folder = Directory.CreateTempSubdirectory("bascule-token-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_issued_can_be_inspected_and_confirmed()
    {
        var issued = await RunAsync(
            "issue", "--subject", "alice", "--secret", Secret, "--role", "a", "--role", "b", "--claim", "room=7", "--claim", "name=x y", "--kid", "k");
        var shown = await RunAsync("inspect", issued.Output.Trim(), "--secret", Secret, "--json");

        Assert.Equal((0, ""), (issued.Code, issued.Error));
        Assert.DoesNotContain('\n', issued.Output.TrimEnd());
        Assert.Equal(0, shown.Code);
        var json = JsonNode.Parse(shown.Output)!;
        Assert.Equal("good", (string?)json["signature"]);
        Assert.Equal("""["a","b"]""", json["claims"]!["roles"]!.ToJsonString());
        Assert.Equal((7, "x y"), ((int)json["claims"]!["room"]!, (string?)json["claims"]!["name"]));
    }

    [Fact]
    public async Task A_key_pair_in_files_signs_and_confirms()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (privatePem, publicPem) = (FileWith(ec.ExportPkcs8PrivateKeyPem()), FileWith(ec.ExportSubjectPublicKeyInfoPem()));

        var issued = await RunAsync("issue", "--subject", "alice", "--key-file", privatePem);
        var shown = await RunAsync("inspect", issued.Output.Trim(), "--key-file", publicPem);

        Assert.Equal(0, shown.Code);
        Assert.Contains("""{"alg":"ES256","typ":"JWT"}""", shown.Output, StringComparison.Ordinal);
        Assert.Contains("expires in", shown.Output, StringComparison.Ordinal);
        Assert.Contains("signature  good", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_a_file_is_the_same_with_and_without_its_line_end()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--key-file", FileWith(Secret + "\n"));

        Assert.Equal(0, (await RunAsync("inspect", issued.Output.Trim(), "--secret", Secret)).Code);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_verified()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--secret", Secret);

        var shown = await RunAsync("inspect", issued.Output.Trim());

        Assert.Equal(0, shown.Code);
        Assert.Contains("signature  unchecked", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_an_expired_token_and_what_is_no_token_are_told_with_exit_code_1()
    {
        var issued = await RunAsync("issue", "--subject", "alice", "--secret", Secret, "--expires", "0s");

        var shown = await RunAsync("inspect", issued.Output.Trim(), "--secret", new string('x', 32));
        var none = await RunAsync("inspect", "a.b.c.d.e");

        Assert.Equal((1, 1), (shown.Code, none.Code));
        Assert.Contains("problem    token_bad_signature", shown.Output, StringComparison.Ordinal);
        Assert.Contains("problem    token_expired", shown.Output, StringComparison.Ordinal);
        Assert.Contains("five parts", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("give either", "issue", "--subject", "a")]
    [InlineData("give either", "issue", "--subject", "a", "--secret", Secret, "--key-file", "x")]
    [InlineData("shorter than 16 bytes", "issue", "--subject", "a", "--secret", "short")]
    [InlineData("cannot be read", "issue", "--subject", "a", "--key-file", "no-such-file")]
    [InlineData("--expires is 1", "issue", "--subject", "a", "--secret", Secret, "--expires", "1")]
    [InlineData("--expires is 99999d", "issue", "--subject", "a", "--secret", Secret, "--expires", "99999d")]
    [InlineData("--alg is RS256", "issue", "--subject", "a", "--secret", Secret, "--alg", "RS256")]
    [InlineData("NAME=VALUE", "issue", "--subject", "a", "--secret", Secret, "--claim", "x")]
    [InlineData("option of its own", "issue", "--subject", "a", "--secret", Secret, "--claim", "sub=b")]
    [InlineData("not both", "inspect", "x", "--secret", Secret, "--key-file", "x")]
    public async Task A_wrong_use_is_explained_with_exit_code_64(string evidence, params string[] arguments)
    {
        var result = await RunAsync(arguments);

        Assert.Equal((64, ""), (result.Code, result.Output));
        Assert.Contains(evidence, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_key_cannot_issue()
    {
        using var rsa = RSA.Create(2048);

        var result = await RunAsync("issue", "--subject", "a", "--key-file", FileWith(rsa.ExportSubjectPublicKeyInfoPem()));

        Assert.Equal(64, result.Code);
        Assert.Contains("not a private key", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("issue")]
    [InlineData("inspect")]
    public async Task The_help_has_an_example(string command) =>
        Assert.Contains($"bascule token {command} ", (await RunAsync(command, "--help")).Output, StringComparison.Ordinal);

    private string FileWith(string content)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllText(path, content);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { TokenCommand.Create() };
        var code = await root.Parse(["token", .. arguments]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
