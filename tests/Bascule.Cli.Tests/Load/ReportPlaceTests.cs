namespace Bascule.Cli.Tests;

/// <summary>Where the report of a load run goes.</summary>
public sealed class ReportPlaceTests
{
    [Theory]
    [InlineData("no-such-folder/report.txt")]
    [InlineData(".")]
    public async Task A_place_that_cannot_take_the_report_is_a_fault_before_the_run(string place)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("load", "ws://127.0.0.1:1/", "--out", place);

        Assert.Equal(ExitCodes.Usage, ran.Code);
        Assert.Contains($"--out {terminal.Directory}", ran.Error);
        Assert.Contains("Name a file in a folder that is there", ran.Error);
        Assert.Empty(terminal.Files);
    }

    [Fact]
    public async Task A_report_that_has_a_place_is_there_after_the_run_and_nothing_else_is()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("load", "ws://127.0.0.1:1/", "-c", "2", "--hold", "0s", "--json", "--out", "report.json");

        Assert.Equal(ExitCodes.Unreachable, ran.Code);
        Assert.Equal("", ran.Standard);
        Assert.Contains("tcp.refused", await File.ReadAllTextAsync(Assert.Single(terminal.Files), TestContext.Current.CancellationToken));
    }
}
