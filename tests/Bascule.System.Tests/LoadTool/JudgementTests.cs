using Bascule.Testing;

namespace Bascule.System.Tests;

/// <summary>What <c>bascule load</c> makes of a result: thresholds, comparison, the forms of the report, and the faults of a command line.</summary>
public sealed class JudgementTests
{
    [Theory]
    [InlineData(0, "connect.fail_rate<=0%", "messages.lost==0", "rtt.p50<10s")]
    [InlineData(99, "connect.fail_rate<=0%", "rtt.p50<1ns")]
    public async Task Thresholds_decide_the_exit_code(int exitCode, params string[] thresholds)
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var run = await LoadCall.RunAsync([$"{server.Url}", "-c", "4", "-d", "300ms", "--threshold", .. thresholds]);

        Assert.Equal((exitCode, exitCode == 0 ? "good" : "thresholdFailed"), (run.ExitCode, (string?)run.Summary["verdict"]));
        Assert.Equal(thresholds, run.Report["thresholds"]!.AsArray().Select(t => (string)t!["text"]!));
        Assert.Equal(thresholds.Select(t => t != "rtt.p50<1ns"), run.Report["thresholds"]!.AsArray().Select(t => t!["passed"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task With_thresholds_failures_that_they_allow_are_good()
    {
        await using var server = BrokenServer.Start(n => new ServerScript(n % 2 == 0 ? Behaviour.Echo : Behaviour.Busy503));

        var run = await LoadCall.RunAsync($"{server.Url}", "-c", "4", "-d", "300ms", "--threshold", "connect.fail_rate<=50%");

        Assert.Equal((0, (4L, 2L, 2L, 0L)), (run.ExitCode, run.Connections));
    }

    [Fact]
    public async Task A_run_ten_times_slower_than_its_base_is_a_regression_and_an_equal_one_is_none()
    {
        using var folder = new TestFolder();
        await using var fast = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(20)));
        await using var slow = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(200)));
        // So few messages that nothing is known of p99, which a pause of the machine decides.
        string[] plan = ["-c", "4", "-d", "4s"];
        var written = await BasculeCommand.RunAsync(["load", $"{fast.Url}", .. plan, "--json", "--out", folder.File("base.json")]);

        var (equal, worse) = (
            await LoadCall.RunAsync([$"{fast.Url}", .. plan, "--compare", folder.File("base.json")]),
            await LoadCall.RunAsync([$"{slow.Url}", .. plan, "--compare", folder.File("base.json")]));

        Assert.Equal(0, written.ExitCode);
        Assert.Contains($"The report is in {folder.File("base.json")}.", written.Output, StringComparison.Ordinal);
        Assert.Equal((0, "good"), (equal.ExitCode, (string?)equal.Summary["verdict"]));
        Assert.Equal((98, "regression"), (worse.ExitCode, (string?)worse.Summary["verdict"]));
        var row = worse.Report["comparison"]!["rows"]!.AsArray().Single(r => (string?)r!["name"] == "rtt.p50")!;
        Assert.True(row["isRegression"]!.GetValue<bool>());
        Assert.InRange(row["change"]!.GetValue<double>(), 4, 20);
        Assert.Contains("Worse than the base: ", worse.Headline, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "started,program,target,urls,mode,connections,")]
    [InlineData("md", "## Load test passed\n")]
    public async Task A_report_is_written_in_the_form_that_is_asked_for(string form, string start)
    {
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var run = await BasculeCommand.RunAsync("load", $"{server.Url}", "-c", "2", "-d", "200ms", "--output", form);

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(start, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_goes_into_a_file_and_the_output_says_only_where()
    {
        using var folder = new TestFolder();
        await using var server = BrokenServer.Start(Behaviour.Echo);

        var run = await BasculeCommand.RunAsync("load", $"{server.Url}", "-c", "2", "-d", "200ms", "--out", folder.File("report"));

        Assert.Equal((0, $"The report is in {folder.File("report")}."), (run.ExitCode, run.Output));
        Assert.StartsWith("2 connections opened, none failed; ", await File.ReadAllTextAsync(folder.File("report"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_faults_of_a_command_line_are_told_at_once()
    {
        var run = await BasculeCommand.RunAsync(
            "load", "http://127.0.0.1:1/", "-c", "none", "--size", "3", "--rate", "fast", "--hold", "10", "--header", "nothing", "--threshold", "rtt.p50=5", "--compare", "no-such-file", "--workers", "0");

        Assert.Equal(64, run.ExitCode);
        foreach (var what in (string[])["Did you mean ws://127.0.0.1:1/?", "--connections", "--size", "--rate", "--hold", "--header", "--threshold", "--compare", "--workers", "See: bascule load --help"])
            Assert.Contains(what, run.Output, StringComparison.Ordinal);
        Assert.Equal(10, run.Output.Split('\n').Length);
    }

    [Fact]
    public async Task The_help_ends_with_examples()
    {
        var run = await BasculeCommand.RunAsync("load", "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches("(?s)Examples:\n  bascule load ws://127.0.0.1:8666/echo\n.*--target-latency", run.Output);
    }
}
