namespace Bascule.Cli.Tests;

/// <summary><c>bascule conform --through URL --backend LISTEN</c>, before anything is played.</summary>
public sealed class ThroughOptionsTests
{
    private const string Through = "ws://127.0.0.1:8666/";
    private const string Backend = "http://127.0.0.1:9001";

    [Theory]
    [InlineData("--through needs --backend", "--through", Through)]
    [InlineData("--backend belongs to --through", "--backend", Backend)]
    [InlineData("not both", "ws://127.0.0.1/echo", "--through", Through, "--backend", Backend)]
    [InlineData("is none", "--through", Through, "--backend", "https://127.0.0.1:9001")]
    [InlineData("is none", "--through", Through, "--backend", "http://127.0.0.1:9001/path")]
    [InlineData("is none", "--through", Through, "--backend", "http://backend.example:9001")]
    [InlineData("is none", "--through", Through, "--backend", "9001")]
    [InlineData("is no URL", "--through", "127.0.0.1:8666", "--backend", Backend)]
    [InlineData("there is no case ping-sideways", "--through", Through, "--backend", Backend, "--case", "ping-sideways")]
    public async Task What_cannot_be_played_is_a_fault_of_usage(string says, params string[] line)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(["conform", .. line]);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains(says, ran.Error);
    }

    [Fact]
    public async Task Where_nobody_listens_is_told_as_not_reachable()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("conform", "--through", "ws://127.0.0.1:1/", "--backend", "http://127.0.0.1:0");

        Assert.Equal((ExitCodes.Unreachable, ""), (ran.Code, ran.Standard));
        Assert.Contains("127.0.0.1:1 cannot be reached", ran.Error);
    }

    [Fact]
    public async Task The_cases_of_through_are_listed_with_it()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("conform", "--list", "--area", "loss", "--through", Through, "--backend", Backend);

        Assert.Equal(ExitCodes.Good, ran.Code);
        Assert.Contains("backend-ends-in-frame", ran.Standard);
        Assert.DoesNotContain("ping-up", ran.Standard);
    }
}
