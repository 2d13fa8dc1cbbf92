using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Terminals that are ended.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_shell_and_its_jobs_go_when_the_line_is_hung_up()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("bash", "--norc", "-i"));
        await terminal.Output.ReadUntilAsync("$ ");
        // Both have spoken and make no child afterwards: a shell that is just starting a program can lose a hang-up that comes then, and only the next signal would reach it.
        await terminal.TypeAsync("sh -c 'echo a job runs; exec sleep 1000' & sh -c 'echo it runs; exec sleep 1000'\r");
        await terminal.Output.ReadUntilAsync("\na job runs");
        await terminal.Output.ReadUntilAsync("\nit runs");

        var stop = terminal.StopAsync(EndCause.Deleted);
        var exit = await terminal.Ended.Soon();
        // Its jobs may go a little later. The clock stands still, so that nothing but the hang-up ends them.
        await Patience.UntilAsync(() => terminal.Processes().Count == 0);
        await Clock.RunUntilAsync(time, stop);

        Assert.Equal((EndCause.Deleted, "SIGHUP"), (exit.Cause, exit.Signal));
    }

    [Fact]
    public async Task Who_does_not_hear_a_hang_up_is_asked_and_then_killed()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartShell("trap 'echo hung up' HUP; trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done");
        await terminal.Output.ReadUntilAsync("ready");

        var stop = terminal.StopAsync(EndCause.Idle);
        await terminal.Output.ReadUntilAsync("hung up");
        await Clock.RunUntilAsync(time, terminal.Output.ReadUntilAsync("asked"));
        await Clock.RunUntilAsync(time, stop);

        var exit = await terminal.Ended;
        Assert.Equal((EndCause.Idle, null, "SIGKILL"), (exit.Cause, exit.Code, exit.Signal));
    }

    [Fact]
    public async Task A_child_with_a_session_of_its_own_goes_too()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartCommand("setsid sh -c 'trap \"\" HUP TERM; echo child $$; exec >&- 2>&-; sleep 1000; sleep 1000' & wait");
        await terminal.Output.ReadUntilAsync("child");

        await Clock.RunUntilAsync(time, terminal.StopAsync(EndCause.Deleted));

        Assert.Empty(terminal.Processes());
    }

    [Fact]
    public async Task A_stopped_process_hears_of_the_end()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.StartShell("echo ready; kill -STOP $$");
        await terminal.Output.ReadUntilAsync("ready");

        var stop = terminal.StopAsync(EndCause.Deleted);

        Assert.Equal("SIGHUP", (await terminal.Ended.Soon()).Signal);
        await Clock.RunUntilAsync(time, stop);
    }

    [Fact]
    public async Task The_first_cause_stays_and_a_second_stop_waits_for_the_first()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("sleep 1000");

        var first = terminal.StopAsync(EndCause.MaximumLife);
        var second = terminal.StopAsync(EndCause.Deleted);

        Assert.Same(first, second);
        Assert.Equal(EndCause.MaximumLife, (await terminal.Ended.Soon()).Cause);
        await first.Soon();
    }

    [Fact]
    public async Task A_stop_after_the_end_changes_nothing()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartShell("exit 3");
        await terminal.Ended.Soon();

        await terminal.StopAsync(EndCause.Deleted).Soon();

        Assert.Equal((EndCause.Exited, 3), ((await terminal.Ended).Cause, (await terminal.Ended).Code));
    }

    [Fact]
    public async Task Processes_of_a_dead_host_are_found_by_its_mark()
    {
        await using var host = new TerminalHost();
        await using var other = new TerminalHost();
        var terminals = Enumerable.Range(0, 3).Select(_ => host.StartShell("setsid sleep 1000 & echo ready; sleep 1000")).ToList();
        var bystander = other.StartShell("echo ready; read x");
        foreach (var terminal in terminals.Append(bystander))
            await terminal.Output.ReadUntilAsync("ready");

        Assert.InRange(Leftovers.KillOfHost(host.Mark), 6, int.MaxValue);

        foreach (var terminal in terminals)
            Assert.Equal("SIGKILL", (await terminal.Ended.Soon()).Signal);
        Assert.False(bystander.Ended.IsCompleted);
        Assert.Equal(1, Leftovers.KillOfSession(bystander.Order.Id));
    }
}
