using System.Security.Cryptography;
using System.Text;

namespace Bascule.Cli.Tests;

/// <summary><c>bascule token issue</c> with the keys of a configuration.</summary>
public sealed class ConfiguredSecretTests
{
    private const string Secret = "a secret of thirty-two bytes, ok";

    [Theory]
    [InlineData("text")]
    [InlineData("base64")]
    [InlineData("file")]
    public async Task Every_form_of_a_secret_signs(string form)
    {
        var key = form switch { "text" => "secret:" + Secret, "base64" => "base64:" + Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)), _ => "file:secret.txt" };
        using var terminal = new Terminal().With("secret.txt", Secret + "\n").With("bascule.json", $$"""{ "auth": { "jwt": { "keys": ["{{key}}"] } } }""");

        var issued = await terminal.RunAsync("token", "issue", "--subject", "alice");

        Assert.Equal((ExitCodes.Good, ""), (issued.Code, issued.Error));
        Assert.Equal(ExitCodes.Good, (await terminal.RunAsync("token", "inspect", issued.Standard.Trim(), "--secret", Secret)).Code);
    }

    [Fact]
    public async Task Keys_that_only_check_are_told_apart()
    {
        using var rsa = RSA.Create(2048);
        using var terminal = new Terminal().With("public.pem", rsa.ExportSubjectPublicKeyInfoPem()).With("bascule.json", """{ "auth": { "jwt": { "keys": ["file:public.pem"] } } }""");

        var issued = await terminal.RunAsync("token", "issue", "--subject", "alice");

        Assert.Equal((ExitCodes.Usage, ""), (issued.Code, issued.Standard));
        Assert.Contains("public keys cannot sign. Give the private key with --key-file", issued.Error);
    }

    [Fact]
    public async Task A_key_file_that_is_missing_is_named_and_a_secret_is_not()
    {
        using var terminal = new Terminal().With("bascule.json", """{ "auth": { "jwt": { "keys": ["file:nowhere/key.pem", "secret:hunter2"] } } }""");

        var ran = await terminal.RunAsync("config", "check");

        Assert.Contains("seen:    \"file:nowhere/key.pem\"", ran.Error);
        Assert.DoesNotContain("hunter2", ran.Error);
    }

    [Fact]
    public async Task What_is_not_set_is_called_so()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("config", "explain", "auth");

        Assert.Contains("auth.jwt = not set  (default)\n", ran.Standard);
        Assert.DoesNotContain("null", ran.Standard);
    }
}
