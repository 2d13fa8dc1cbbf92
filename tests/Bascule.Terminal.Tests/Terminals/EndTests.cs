using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>How a terminal's end is told.</summary>
public sealed class EndTests
{
    [Theory]
    [InlineData("exit 0", 0, null, EndCause.Exited)]
    [InlineData("exit 3", 3, null, EndCause.Exited)]
    [InlineData("exit 255", 255, null, EndCause.Exited)]
    [InlineData("kill -9 $$", null, "SIGKILL", EndCause.Signalled)]
    [InlineData("kill -SEGV $$", null, "SIGSEGV", EndCause.Signalled)]
    [InlineData("kill -TERM $$", null, "SIGTERM", EndCause.Signalled)]
    [InlineData("kill -36 $$", null, "SIGRTMIN+2", EndCause.Signalled)]
    public async Task Codes_and_signals_are_exact(string script, int? code, string? signal, EndCause cause)
    {
        await using var host = new TerminalHost();
        foreach (var terminal in new[] { host.StartShell(script), host.StartCommand(script) })
        {
            var exit = await terminal.Ended.Soon();

            Assert.Equal((cause, code, signal), (exit.Cause, exit.Code, exit.Signal));
        }
    }

    [Fact]
    public async Task The_end_is_told_when_all_output_was_read()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("seq 1 100000; exit 7");

        var exit = await terminal.Ended.Soon();

        Assert.True(terminal.Output.IsComplete);
        Assert.Equal((7, terminal.Output.End), (exit.Code, exit.OutputBytes));
        Assert.EndsWith("99999\r\n100000\r\n", await terminal.Output.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_and_bytes_are_told_with_it()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartCommand("read x; printf abc; printf defg >&2");
        var started = time.GetUtcNow();
        time.Advance(TimeSpan.FromSeconds(5));

        terminal.CloseInput();
        var exit = await terminal.Ended.Soon();

        Assert.Equal((started, started.AddSeconds(5), 7L, false), (exit.Started, exit.Ended, exit.OutputBytes, exit.Truncated));
        Assert.Equal(TimeSpan.FromSeconds(5), exit.Duration);
    }

    [Fact]
    public async Task A_child_that_keeps_the_terminal_open_does_not_put_the_end_off_and_is_ended_then()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartShell("trap '' HUP TERM; setsid sleep 1000 & exit 4");

        await Clock.RunUntilAsync(time, terminal.Ended);
        Assert.Equal(4, (await terminal.Ended).Code);
        Assert.Single(terminal.Processes());

        await Clock.RunUntilAsync(time, terminal.DisposeAsync().AsTask());
        Assert.Empty(terminal.Processes());
    }

    [Fact]
    public async Task A_terminal_whose_first_bytes_are_gone_says_so()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("seq", "1", "50000") with { ScrollbackBytes = 1, Hold = TimeSpan.Zero });

        Assert.True((await terminal.Ended.Soon()).Truncated);
        Assert.Equal(TerminalOrder.LeastScrollback, terminal.Output.Capacity);
    }

    [Fact]
    public async Task What_is_written_after_the_end_is_refused()
    {
        await using var host = new TerminalHost();
        foreach (var terminal in new[] { host.StartShell("exit"), host.StartCommand("exit") })
        {
            await terminal.Ended.Soon();

            Assert.False(await terminal.WriteAsync("x"u8.ToArray(), CancellationToken.None).Soon());
        }
    }
}
