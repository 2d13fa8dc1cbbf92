using System.Text.Json.Nodes;

namespace Bascule.System.Tests;

/// <summary><c>bascule session run</c> and the commands beside it, as a person or a script uses them.</summary>
[Trait("Part", "sessions")]
public sealed class SessionRunTests(SessionGateway stage) : IClassFixture<SessionGateway>
{
    [Fact]
    public async Task A_command_has_both_its_streams_and_its_exit_code_here()
    {
        var ran = await stage.CommandAsync("run", "--", "sh", "-c", "echo out; echo err >&2; exit 3");

        Assert.Equal((3, "out"), (ran.ExitCode, ran.Standard));
        Assert.Equal(["err", "out"], ran.Output.Split('\n').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public async Task The_exit_code_is_that_of_a_shell(string script, int code)
    {
        var ran = await stage.CommandAsync("run", "--", "sh", "-c", script);

        Assert.True(ran.ExitCode == code, ran.Output);
    }

    [Fact]
    public async Task One_line_is_split_into_words_and_no_shell_sees_it()
    {
        var ran = await stage.CommandAsync("run", "echo $HOME; ls 'two  words'");

        Assert.Equal((0, "$HOME; ls two  words"), (ran.ExitCode, ran.Standard));
    }

    [Fact]
    public async Task What_is_piped_in_reaches_the_command_to_its_end()
    {
        await using var ran = ChildProcess.Start("bash", "-c", $"seq 1 100000 | dotnet '{Repository.Program}' session run --url {stage.Origin} -- sha256sum; seq 1 100000 | sha256sum");
        Assert.Equal(0, await ran.ExitAsync());

        var sums = ran.StandardOutput.Split('\n');
        Assert.Equal(sums[1], sums[0]);
    }

    [Fact]
    public async Task Large_output_comes_whole()
    {
        await using var ran = ChildProcess.Start("bash", "-c", $"dotnet '{Repository.Program}' session run --url {stage.Origin} -- seq 1 300000 | sha256sum; seq 1 300000 | sha256sum");
        Assert.Equal(0, await ran.ExitAsync());

        var sums = ran.StandardOutput.Split('\n');
        Assert.Equal(sums[1], sums[0]);
    }

    [Fact]
    public async Task A_reader_that_goes_ends_the_command()
    {
        await using var ran = ChildProcess.Start("bash", "-c", $"dotnet '{Repository.Program}' session run --url {stage.Origin} -- yes | head -n 3; echo \"with ${{PIPESTATUS[0]}}\"");

        await ran.LineAsync("^with 141$");
        await NothingRunsAsync();
    }

    [Fact]
    public async Task The_first_ctrl_c_is_the_commands_to_answer()
    {
        await using var ran = ChildProcess.Start(
            "env", "--default-signal=HUP,INT,TERM", "dotnet", Repository.Program, "session", "run", "--url", stage.Origin, "--", "bash", "-c", "trap 'echo caught; exit 7' INT; echo up; while :; do sleep 0.1; done");
        await ran.LineAsync("^up$");

        ran.Signal("INT");

        await ran.LineAsync("^caught$");
        Assert.Equal(7, await ran.ExitAsync());
    }

    [Fact]
    public async Task Who_ends_it_with_SIGTERM_ends_the_command_with_SIGTERM()
    {
        await using var ran = ChildProcess.Start(
            "env", "--default-signal=HUP,INT,TERM", "dotnet", Repository.Program, "session", "run", "--url", stage.Origin, "--", "bash", "-c", "trap 'exit 43' TERM; trap '' INT; echo up; while :; do sleep 0.1; done");
        await ran.LineAsync("^up$");

        ran.Signal("TERM");

        await ran.LineAsync("^SIGTERM is sent to the command");
        Assert.Equal(43, await ran.ExitAsync());
    }

    [Fact]
    public async Task A_closed_standard_input_is_an_empty_one()
    {
        await using var ran = ChildProcess.Start("bash", "-c", $"dotnet '{Repository.Program}' session run --url {stage.Origin} -- sh -c 'cat; echo done' <&-");

        Assert.Equal((0, "done"), (await ran.ExitAsync(), ran.StandardOutput));
    }

    [Fact]
    public async Task A_second_ctrl_c_leaves_a_command_that_does_not_listen()
    {
        await using var ran = ChildProcess.Start(
            "env", "--default-signal=HUP,INT,TERM", "dotnet", Repository.Program, "session", "run", "--url", stage.Origin, "--", "bash", "-c", "trap '' INT; echo up; exec sleep 600");
        await ran.LineAsync("^up$");

        ran.Signal("INT");
        var id = (await ran.LineAsync("bascule session show (?<id>[0-9a-f]{32})")).Groups["id"].Value;
        ran.Signal("INT");

        Assert.Equal(130, await ran.ExitAsync());
        Assert.Equal(0, (await stage.CommandAsync("delete", id)).ExitCode);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended()
    {
        var ran = await stage.CommandAsync("run", "--timeout", "2s", "--", "sleep", "600");

        Assert.Equal(124, ran.ExitCode);
        Assert.Contains("ran for 2s, and was ended", ran.Output);
        await NothingRunsAsync();
    }

    [Theory]
    [InlineData("no-such-program-here", 127)]
    [InlineData("/etc/passwd", 126)]
    public async Task A_command_that_cannot_be_started_is_said_as_a_shell_would(string command, int code)
    {
        var ran = await stage.CommandAsync("run", command);

        Assert.Equal(code, ran.ExitCode);
        Assert.Contains(command, ran.Output);
    }

    [Fact]
    public async Task A_detached_command_can_be_asked_for_later()
    {
        var id = (await stage.CommandAsync("run", "--detach", "--", "sh", "-c", "exit 5")).Standard;

        var shown = await Waiting.UntilAsync(async () => await ShowAsync(id), s => (string?)s["state"] == "ended", () => "It does not end.");

        Assert.Equal(5, (int?)shown["end"]!["exitCode"]);
    }

    [Fact]
    public async Task A_session_is_created_listed_shown_linked_and_deleted()
    {
        var created = await stage.CommandAsync("create", "--profile", "shell", "--name", "mine", "--json");
        var id = (string)JsonNode.Parse(created.Standard)!["id"]!;

        var list = JsonNode.Parse((await stage.CommandAsync("list", "--json")).Standard)!;
        var link = await stage.CommandAsync("link", id, "--minutes", "5");
        var deleted = await stage.CommandAsync("delete", id);

        Assert.Contains(list["sessions"]!.AsArray(), s => (string?)s!["id"] == id && (string?)s["name"] == "mine");
        Assert.Equal(["shell", "tools"], list["profiles"]!.AsArray().Select(p => (string)p!["name"]!));
        Assert.StartsWith($"{stage.Origin}/terminal?session={id}&link=", link.Standard, StringComparison.Ordinal);
        Assert.Equal((0, $"deleted {id}"), (deleted.ExitCode, deleted.Standard));
        Assert.Equal("ended", (string?)(await ShowAsync(id))["state"]);
    }

    [Fact]
    public async Task Operators_see_the_sessions_of_all_without_a_token_of_a_user()
    {
        var id = await stage.CreateAsync();

        var list = await BasculeCommand.RunAsync("session", "list", "--config", Path.Combine(stage.Gateway.DataFolder, "bascule.json"), "--set", $"listen.admin={stage.Gateway.AdminUrl}");

        Assert.True(list.ExitCode == 0, list.Output);
        Assert.Contains(id, list.Standard);
    }

    [Theory]
    [InlineData(69, "cannot be asked", "list", "--url", "http://127.0.0.1:1")]
    [InlineData(1, "404", "show", "00000000000000000000000000000000")]
    [InlineData(1, "404", "delete", "00000000000000000000000000000000")]
    [InlineData(1, "404", "recording", "00000000000000000000000000000000")]
    [InlineData(64, "--timeout", "run", "--timeout", "soon", "--", "true")]
    [InlineData(64, "--env", "run", "--env", "novalue", "--", "true")]
    [InlineData(1, "profile", "create", "--profile", "nobody")]
    [InlineData(64, "needs a terminal", "attach", "00000000000000000000000000000000")]
    public async Task What_cannot_be_done_is_said(int code, string words, string verb, params string[] arguments)
    {
        var ran = arguments.Contains("--url") ? await BasculeCommand.RunAsync(["session", verb, .. arguments]) : await stage.CommandAsync(verb, arguments);

        Assert.True(ran.ExitCode == code, $"{ran.ExitCode}: {ran.Output}");
        Assert.Contains(words, ran.Output);
    }

    private async Task<JsonNode> ShowAsync(string id) => JsonNode.Parse((await stage.CommandAsync("show", id, "--json")).Standard)!;

    /// <summary>No one-shot command is left.</summary>
    private Task<int> NothingRunsAsync() => Waiting.UntilAsync(
        async () => JsonNode.Parse((await stage.CommandAsync("list", "--state", "running", "--json")).Standard)!["sessions"]!.AsArray().Count(s => !(bool)s!["tty"]!),
        count => count == 0, () => "A command is left.");
}
