using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Bounds of processes.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task The_program_has_the_limits_of_its_order()
    {
        await using var host = new TerminalHost();
        // It waits to be told, because they are put on just after its start.
        var terminal = host.Start(host.Order("sh", "-c", "read x; cat /proc/self/limits") with
        {
            Tty = false, Limits = new ProcessLimits(OpenFiles: 123, Processes: 4567, MemoryBytes: 1 << 30, CpuSeconds: 77),
        });
        terminal.CloseInput();

        var limits = (await terminal.Output.ReadTextAsync()).Split('\n').Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();

        Assert.Contains("Max open files 123 123 files", limits);
        Assert.Contains("Max processes 4567 4567 processes", limits);
        Assert.Contains("Max address space 1073741824 1073741824 bytes", limits);
        Assert.Contains("Max cpu time 77 78 seconds", limits);
        Assert.Contains("Max core file size 0 0 bytes", limits);
    }

    [Fact]
    public async Task A_program_that_burns_its_time_is_ended_by_the_system()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sh", "-c", "while :; do :; done") with { Tty = false, Limits = new ProcessLimits(CpuSeconds: 1) });

        Assert.Equal((EndCause.Signalled, "SIGXCPU"), ((await terminal.Ended.Soon()).Cause, (await terminal.Ended).Signal));
    }

    [Fact]
    public async Task Children_that_were_there_already_are_bound_too()
    {
        await using var host = new TerminalHost();
        var terminal = host.StartCommand("exec 3<&0; (read x; cat /proc/self/limits) <&3 & echo ready; wait");
        await terminal.Output.ReadUntilAsync("ready");

        Assert.Empty(LimitRules.Apply(terminal.ProcessId, new ProcessLimits(OpenFiles: 99)));
        terminal.CloseInput();

        Assert.Matches("Max open files +99 +99", await terminal.Output.ReadTextAsync());
    }

    [Theory]
    [InlineData("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n", 2)]
    [InlineData("low 0\nhigh 0\n", 0)]
    [InlineData("", 0)]
    public void Processes_that_the_kernel_killed_for_memory_are_counted(string events, long count) => Assert.Equal(count, MemoryKills.CountIn(events));

    [Fact]
    public void Limits_that_the_system_refuses_are_named() =>
        Assert.Contains("open files", LimitRules.Apply(int.MaxValue, new ProcessLimits(OpenFiles: 10)));
}
