using System.Diagnostics;
using Bascule.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Terminal.Tests;

/// <summary>One thread for many terminals.</summary>
public sealed class ReactorTests
{
    [Fact]
    public async Task Two_hundred_terminals_live_and_end_at_once()
    {
        await using var host = new TerminalHost();
        var terminals = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => host.StartShell($"read x; echo got $x; exit {i}"))));

        await Task.WhenAll(terminals.Select((t, i) => t.TypeAsync($"{i}\r")));

        foreach (var (terminal, i) in terminals.Select((t, i) => (t, i)))
        {
            Assert.Contains($"\ngot {i}\r\n", await terminal.Output.ReadTextAsync(), StringComparison.Ordinal);
            Assert.Equal(i, int.Parse(terminal.Order.Command[2].Split(' ')[^1]));
            Assert.Equal(i, (await terminal.Ended.Soon()).Code);
        }
    }

    [Fact]
    public async Task Processes_that_others_of_this_program_started_keep_their_own_answers()
    {
        await using var host = new TerminalHost();
        var mine = Enumerable.Range(0, 20).Select(i => host.StartShell($"sleep 0.0{i % 10}; exit {i + 100}")).ToList();
        var others = Enumerable.Range(0, 20).Select(i => Process.Start("sh", ["-c", $"sleep 0.0{i % 10}; exit {i + 50}"])).ToList();

        for (var i = 0; i < 20; i++)
        {
            await others[i].WaitForExitAsync().Soon();
            Assert.Equal(i + 50, others[i].ExitCode);
            Assert.Equal(i + 100, (await mine[i].Ended.Soon()).Code);
            others[i].Dispose();
        }
    }

    [Fact]
    public async Task Where_processes_have_no_descriptors_their_ends_are_heard_by_signal()
    {
        await using var host = new TerminalHost { Reactor = new PtyReactor("", NullLogger.Instance) { UsesProcessDescriptors = false } };
        var terminals = Enumerable.Range(0, 20).Select(i => host.StartCommand($"exit {i}")).ToList();

        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await terminals[i].Ended.Soon()).Code);
    }

    [Fact]
    public async Task A_busy_terminal_does_not_keep_the_others_waiting()
    {
        await using var host = new TerminalHost();
        for (var i = 0; i < 4; i++)
            host.Start(host.Order("yes") with { Hold = TimeSpan.Zero });
        var terminal = host.StartShell("read x; echo got $x");

        await terminal.TypeAsync("it\r");

        await terminal.Output.ReadUntilAsync("\ngot it");
    }

    [Fact]
    public async Task After_its_end_nothing_is_started()
    {
        await using var host = new TerminalHost();
        host.Reactor.Dispose();

        Assert.Throws<ObjectDisposedException>(() => host.StartShell("sleep 1000"));
    }
}
