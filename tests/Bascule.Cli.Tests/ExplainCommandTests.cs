namespace Bascule.Cli.Tests;

/// <summary><c>bascule explain</c>, before it asks anybody.</summary>
public sealed class ExplainCommandTests
{
    [Theory]
    [InlineData("127.0.0.1:8666")]
    [InlineData("localhost:8666")]
    [InlineData("ws://127.0.0.1:8666")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task An_address_that_is_none_is_a_fault_of_usage(string url)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("explain", "4bf92f3577b34da6a3ce929d0e0e4736", "--url", url);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.Contains("Write http://HOST:PORT", ran.Error);
    }
}
