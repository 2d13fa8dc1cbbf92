using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>What a user of a terminal sees.</summary>
public sealed class ShellTests
{
    [Fact]
    public async Task What_is_typed_while_a_program_has_its_terminal_closed_waits_until_it_opens_it_again()
    {
        var sign = Path.GetTempFileName();
        await using var host = new TerminalHost();
        var terminal = host.StartShell($"t=$(tty); exec <&- >&- 2>&-; while [ -e {sign} ]; do sleep 0.05; done; exec <$t >$t 2>&1; read x; echo got $x");
        await Waiting.UntilAsync(() => !HasTerminal(terminal.ProcessId));

        var typing = terminal.WriteAsync("it\r"u8.ToArray(), CancellationToken.None).AsTask();
        // The kernel has it, when the reactor comes to the next thing: it takes input of a terminal that nobody has open.
        var tried = new TaskCompletionSource();
        host.Reactor.TryPost(tried.SetResult);
        await tried.Task.Soon();
        File.Delete(sign);

        Assert.True(await typing.Soon());
        await terminal.Output.ReadUntilAsync("\ngot it");

        static bool HasTerminal(int process) =>
            Directory.EnumerateFiles($"/proc/{process}/fd").Any(d => new FileInfo(d).LinkTarget?.StartsWith("/dev/pts/", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_command_has_a_terminal_of_its_own_and_is_the_leader_of_its_session()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("tty; ps -o pid=,sid=,tpgid= -p $$ | tr -s ' '");

        var lines = (await terminal.Output.ReadTextAsync()).Split("\r\n");

        Assert.StartsWith("/dev/pts/", lines[0], StringComparison.Ordinal);
        Assert.Equal($"{terminal.ProcessId} {terminal.ProcessId} {terminal.ProcessId}", lines[1].Trim());
    }

    [Fact]
    public async Task Ctrl_C_ends_the_job_in_the_foreground_and_the_shell_goes_on()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("bash", "--norc", "-i"));
        await terminal.Output.ReadUntilAsync("$ ");

        await terminal.TypeAsync("sh -c 'echo runs-$((1+1)); exec sleep 1000'\r");
        await terminal.Output.ReadUntilAsync("runs-2");
        await terminal.TypeAsync("\x03");
        await terminal.TypeAsync("echo rc=$?.\r");

        await terminal.Output.ReadUntilAsync("rc=130.");
    }

    [Fact]
    public async Task Jobs_can_be_stopped_sent_to_the_background_and_brought_back()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("bash", "--norc", "-i"));
        await terminal.Output.ReadUntilAsync("$ ");

        await terminal.TypeAsync("sh -c 'echo runs-$((1+1)); exec sleep 1000'\r");
        await terminal.Output.ReadUntilAsync("runs-2");
        await terminal.TypeAsync("\x1a");
        await terminal.Output.ReadUntilAsync("Stopped");
        await terminal.TypeAsync("bg; jobs; kill %1; wait; echo over-$((1+1))\r");

        Assert.Contains("Running", await terminal.Output.ReadUntilAsync("over-2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_is_there_from_the_beginning_and_changes_reach_the_program()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sh", "-c", "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done") with { Size = new(132, 43) });
        await terminal.Output.ReadUntilAsync("ready");

        terminal.Resize(new TerminalSize(100, 9999));

        Assert.Equal("43 132\r\nready\r\n300 100\r\n", await terminal.Output.ReadTextAsync());
        Assert.Equal(new TerminalSize(100, 300), terminal.Size);
    }

    [Fact]
    public async Task A_program_that_is_asked_to_draw_again_sees_two_changes_of_size()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartShell("trap 'stty size' WINCH; echo ready; while :; do sleep 0.01; done");
        await terminal.Output.ReadUntilAsync("ready");

        terminal.Redraw();
        await terminal.Output.ReadUntilAsync("23 80");
        time.Advance(TimeSpan.FromMilliseconds(50));

        await terminal.Output.ReadUntilAsync("24 80");
    }

    [Fact]
    public async Task Backspace_takes_a_whole_character_while_the_kernel_edits_the_line()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("echo ready; read -r line; printf '%s' \"$line\" | od -An -tx1");
        await terminal.Output.ReadUntilAsync("ready");

        await terminal.TypeAsync("aé\x7f" + "b\r");

        Assert.EndsWith(" 61 62\r\n", await terminal.Output.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_input_reaches_a_program_on_a_terminal()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("echo ready; cat; echo over");
        await terminal.Output.ReadUntilAsync("ready");

        terminal.CloseInput();

        await terminal.Output.ReadUntilAsync("over");
        Assert.Equal(0, (await terminal.Ended.Soon()).Code);
    }

    [Fact]
    public async Task A_program_that_closes_its_terminal_and_opens_it_again_is_heard()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("echo one; exec <&- >&- 2>&-; sleep 0.1; exec </dev/tty >/dev/tty 2>&1; echo two; exit 5");

        Assert.Equal("one\r\ntwo\r\n", await terminal.Output.ReadTextAsync());
        Assert.Equal(5, (await terminal.Ended.Soon()).Code);
    }
}
