using System.Threading.Channels;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Terminals that are ended by a clock, and what they are told before.</summary>
public sealed class LifeTests
{
    [Theory]
    [InlineData(EndCause.Deadline)]
    [InlineData(EndCause.MaximumLife)]
    [InlineData(EndCause.Idle)]
    public async Task A_limit_is_announced_twice_and_then_ends_the_terminal(EndCause kind)
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var limit = TimeSpan.FromMinutes(10);
        var order = host.Order("sleep", "1000");
        var terminal = host.Start(kind switch
        {
            EndCause.Deadline => order with { Deadline = limit },
            EndCause.MaximumLife => order with { MaximumLife = limit },
            _ => order with { Idle = limit },
        });
        var notices = new List<(TimeSpan At, LifeNotice Notice)>();
        var start = time.GetUtcNow();
        terminal.Announced += notice => notices.Add((time.GetUtcNow() - start, notice));

        time.Advance(limit - TimeSpan.FromMilliseconds(1));
        Assert.False(terminal.Ended.IsCompleted);
        Assert.Equal([(TimeSpan.FromMinutes(8), new(kind, 120)), (TimeSpan.FromSeconds(570), new(kind, 30))], notices);
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(kind, (await terminal.Ended.Soon()).Cause);
    }

    [Fact]
    public async Task Input_and_output_put_the_idle_limit_off()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("cat") with { Idle = TimeSpan.FromMinutes(1) });
        var notices = Channel.CreateUnbounded<LifeNotice>();
        terminal.Announced += notice => notices.Writer.TryWrite(notice);

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            await terminal.TypeAsync($"line {i}\r");
            await terminal.Output.ReadUntilAsync($"\nline {i}");
            Assert.Equal(time.GetUtcNow(), terminal.LastActivity);
            Assert.Equal(new LifeNotice(EndCause.Idle, 30), await notices.Reader.ReadAsync().Soon());
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(EndCause.Idle, (await terminal.Ended.Soon()).Cause);
    }

    [Fact]
    public async Task A_limit_that_is_shorter_than_its_notices_ends_without_them()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("sleep", "1000") with { Tty = false, Deadline = TimeSpan.FromSeconds(5) });
        terminal.Announced += notice => Assert.Fail(notice.ToString());

        time.Advance(TimeSpan.FromSeconds(5));

        var exit = await terminal.Ended.Soon();
        Assert.Equal((EndCause.Deadline, "SIGHUP"), (exit.Cause, exit.Signal));
    }

    [Fact]
    public async Task A_terminal_to_which_nobody_is_attached_ends_after_its_grace()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("sleep", "1000") with { DetachGrace = TimeSpan.FromMinutes(5) });
        time.Advance(TimeSpan.FromMinutes(4));
        terminal.CountViewers(1);
        time.Advance(TimeSpan.FromHours(1));
        terminal.CountViewers(2);
        terminal.CountViewers(0);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(terminal.Ended.IsCompleted);

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(EndCause.Detached, (await terminal.Ended.Soon()).Cause);
    }

    [Fact]
    public async Task A_limit_of_nothing_ends_at_once()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sleep", "1000") with { Deadline = TimeSpan.Zero });

        Assert.Equal(EndCause.Deadline, (await terminal.Ended.Soon()).Cause);
    }
}
