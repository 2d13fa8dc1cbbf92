namespace Bascule.Cli.Tests;

/// <summary><c>bascule shard</c> by hand, which nobody should do.</summary>
public sealed class ShardCommandTests
{
    private const string TokenName = "BASCULE_SHARD_TOKEN";

    [Fact]
    public async Task Without_a_gateway_it_says_who_starts_shards()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("shard", "--start", "1.json");

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains("shards are started by their gateway (hub.mode multi)", ran.Error);
    }

    [Theory]
    [InlineData(null, "Could not find file")]
    [InlineData("no json", "invalid")]
    public async Task A_file_that_no_gateway_wrote_is_told(string? text, string seen)
    {
        using var terminal = new Terminal();
        terminal.Environment[TokenName] = "a-token-of-enough-characters";
        var file = Path.Combine(terminal.Directory, "1.json");
        if (text is not null)
            terminal.With("1.json", text);

        var ran = await terminal.RunAsync("shard", "--start", file);

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Contains("The shard cannot begin", ran.Error);
        Assert.Contains(seen, ran.Error);
    }
}
