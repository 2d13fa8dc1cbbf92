using System.Text;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>One-shot commands: three pipes and no terminal.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task The_two_streams_stay_apart()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("echo out; echo err >&2; exit 3");

        Assert.Equal(("out\n", "err\n"), (await terminal.Output.ReadTextAsync(), await terminal.Errors!.ReadTextAsync()));
        Assert.Equal(3, (await terminal.Ended.Soon()).Code);
        Assert.Equal(("out\n", "err\n"), (Encoding.ASCII.GetString(terminal.OutputResult.Span), Encoding.ASCII.GetString(terminal.ErrorsResult.Span)));
    }

    [Fact]
    public async Task It_has_no_terminal_and_is_the_leader_of_its_session()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("ps -o pid=,sid=,tty= -p $$ | tr -s ' '");

        Assert.Equal($"{terminal.ProcessId} {terminal.ProcessId} ?", (await terminal.Output.ReadTextAsync()).Trim());
    }

    [Fact]
    public async Task Input_arrives_whole_and_ends()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("cksum") with { Tty = false });
        var input = new byte[3_000_000];
        new Random(1).NextBytes(input);

        Assert.True(await terminal.WriteAsync(input.AsMemory(0, 2_999_999), CancellationToken.None).Soon());
        var last = terminal.WriteAsync(input.AsMemory(2_999_999), CancellationToken.None);
        Assert.True(await last.Soon());
        terminal.CloseInput();

        Assert.EndsWith(" 3000000\n", await terminal.Output.ReadTextAsync(), StringComparison.Ordinal);
        Assert.False(await terminal.WriteAsync(input, CancellationToken.None).Soon());
    }

    [Fact]
    public async Task A_write_that_nobody_reads_waits_and_can_be_given_up()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("sleep 1000");
        using var patience = new CancellationTokenSource();

        var write = terminal.WriteAsync(new byte[1 << 20], patience.Token).AsTask();
        var second = terminal.WriteAsync(new byte[1], CancellationToken.None).AsTask();
        Assert.False(write.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Soon());
        // The pipe is full, so the next one waits too, until there is nobody to wait for.
        Assert.False(second.IsCompleted);
        terminal.Signal(SignalName.Kill);
        Assert.False(await second.Soon());
    }

    [Fact]
    public async Task A_write_to_who_closed_his_input_says_so()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("exec <&-; echo closed; sleep 1000");
        await terminal.Output.ReadUntilAsync("closed");

        // A process that is just being started elsewhere has a copy of every descriptor until its program runs.
        while (await terminal.WriteAsync(new byte[1], CancellationToken.None).Soon())
            await terminal.Output.ReadUntilAsync("closed");
        Assert.False(terminal.Ended.IsCompleted);
    }

    [Fact]
    public async Task The_result_keeps_the_first_bytes_and_says_that_there_were_more()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sh", "-c", "seq 1 10000; printf 12345 >&2") with { Tty = false, OutputCap = 5 });

        var exit = await terminal.Ended.Soon();

        Assert.Equal(("1\n2\n3", "12345"), (Encoding.ASCII.GetString(terminal.OutputResult.Span), Encoding.ASCII.GetString(terminal.ErrorsResult.Span)));
        Assert.True(exit.Truncated);
        Assert.Equal(48_894 + 5, exit.OutputBytes);
    }

    [Fact]
    public async Task A_result_as_long_as_its_cap_is_whole()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("printf", "12345") with { Tty = false, OutputCap = 5 });

        Assert.False((await terminal.Ended.Soon()).Truncated);
    }

    [Fact]
    public async Task Signals_go_to_the_whole_group()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("sleep 1000 | sleep 1000; echo not this");
        terminal.Signal(SignalName.Interrupt);

        Assert.Equal("SIGINT", (await terminal.Ended.Soon()).Signal);
        Assert.Empty(await terminal.Output.ReadTextAsync());
    }
}
