using System.CommandLine;
using System.Text.Json;

namespace Bascule.Cli.Tests;

/// <summary>What holds for every command: help, exit codes, surprises.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task The_version_names_the_build_and_what_it_runs_on()
    {
        using var terminal = new Terminal();

        var (text, json) = (await terminal.RunAsync("version"), await terminal.RunAsync("version", "--json"));

        Assert.Equal((ExitCodes.Good, ExitCodes.Good), (text.Code, json.Code));
        Assert.Matches(@"^bascule \d+\.\d+\.\d+ \(commit [0-9a-z]+\), \.NET 10", text.Standard);
        using var document = JsonDocument.Parse(json.Standard);
        Assert.Equal(["version", "commit", "runtime", "system"], document.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("bascule --help", "colour")]
    [InlineData("bascule version --help", "version", "--colour")]
    [InlineData("bascule config --help", "config")]
    [InlineData("bascule config check --help", "config", "check", "--colour")]
    [InlineData("bascule config check --help", "config", "check", "--set", "stop.pause")]
    [InlineData("bascule config check --help", "config", "check", "more")]
    public async Task A_line_that_cannot_be_understood_is_a_usage_error(string help, params string[] args)
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(args);

        Assert.Equal((ExitCodes.Usage, ""), (ran.Code, ran.Standard));
        Assert.EndsWith($"See: {help}\n", ran.Error);
    }

    [Theory]
    [InlineData("--sockets is \"many\". Write a whole number.", "lint", ".", "--sockets", "many")]
    [InlineData("--handshakes is \"1.5\". Write a whole number.", "probe", "ws://127.0.0.1/", "--handshakes", "1.5")]
    public async Task A_number_that_is_none_is_told_without_the_names_of_types(string words, params string[] args)
    {
        using var terminal = new Terminal();

        Assert.StartsWith(words, (await terminal.RunAsync(args)).Error);
    }

    [Fact]
    public async Task A_set_without_a_path_does_not_repeat_what_may_be_a_secret()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync("config", "check", "--set", "hunter2");

        Assert.Contains("--set takes PATH=VALUE", ran.Error);
        Assert.DoesNotContain("hunter2", ran.Error);
    }

    [Fact]
    public async Task Every_command_shows_an_example_in_its_help()
    {
        using var terminal = new Terminal();
        var commands = Paths(Program.CreateRoot(new Surroundings(new Output(TextWriter.Null, TextWriter.Null, false, false), terminal.Environment, "/")), []).ToArray();
        Assert.NotEmpty(commands);

        foreach (var path in commands)
        {
            var ran = await terminal.RunAsync([.. path, "--help"]);
            Assert.Equal(ExitCodes.Good, ran.Code);
            Assert.Matches($"Examples:\n  .*bascule {string.Join(' ', path)}", ran.Standard);
        }
    }

    [Fact]
    public async Task A_surprise_is_one_line_and_our_fault()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(Surprising, CancellationToken.None, "surprise");

        Assert.Equal((ExitCodes.OurFault, ""), (ran.Code, ran.Standard));
        Assert.Equal("bascule failed: InvalidOperationException: It broke. Run it again with BASCULE_TRACE=1 to see where.\n", ran.Error);
    }

    [Fact]
    public async Task A_surprise_shows_its_stack_when_asked()
    {
        using var terminal = new Terminal { Environment = { ["BASCULE_TRACE"] = "1" } };

        var ran = await terminal.RunAsync(Surprising, CancellationToken.None, "surprise");

        Assert.Contains("   at Bascule.Cli.Tests.CommandLineTests", ran.Error);
    }

    [Fact]
    public async Task An_interrupted_command_exits_with_130()
    {
        using var terminal = new Terminal();
        using var interruption = new CancellationTokenSource();
        var waiting = new Command("wait");
        waiting.SetAction(async (_, cancel) =>
        {
            await interruption.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            return ExitCodes.Good;
        });

        var ran = await terminal.RunAsync(_ => new RootCommand { waiting }, interruption.Token, "wait");

        Assert.Equal((ExitCodes.Interrupted, "Interrupted.\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public async Task A_full_disk_behind_the_standard_output_is_told_in_a_sentence()
    {
        await using var full = new RefusingWriter("No space left on device.");
        using var terminal = new Terminal { Refusing = full };

        var (text, json) = (await terminal.RunAsync("version"), await terminal.RunAsync("version", "--json"));

        const string told = "The standard output cannot be written: No space left on device. Send it to a place that takes it, and run this again.\n";
        Assert.Equal((ExitCodes.OurFault, told), (text.Code, text.Error));
        Assert.Equal((ExitCodes.OurFault, told), (json.Code, json.Error));
    }

    [Fact]
    public async Task What_a_terminal_would_obey_is_taken_out_of_what_others_wrote()
    {
        using var terminal = new Terminal();

        var ran = await terminal.RunAsync(Hostile, CancellationToken.None, "hostile");

        Assert.Equal("·[2J·]0;owned· and ·txet·\nزن\u200cها\tstay\n", ran.Standard);
        Assert.Equal("·31m\n", ran.Error);
    }

    private static RootCommand Hostile(Surroundings surroundings)
    {
        var command = new Command("hostile");
        command.SetAction(_ =>
        {
            surroundings.Output.Line("\e[2J\e]0;owned\a and \u202etxet\u202c\r\nزن\u200cها\tstay");
            surroundings.Output.ErrorLine("\u009b31m");
        });
        return new RootCommand { command };
    }

    private static RootCommand Surprising(Surroundings surroundings)
    {
        var command = new Command("surprise");
        command.SetAction(int (_) => throw new InvalidOperationException("It broke."));
        return new RootCommand { command };
    }

    private static IEnumerable<string[]> Paths(Command command, string[] above) =>
        command.Subcommands.SelectMany(c => Paths(c, [.. above, c.Name]).Prepend([.. above, c.Name]));
}
