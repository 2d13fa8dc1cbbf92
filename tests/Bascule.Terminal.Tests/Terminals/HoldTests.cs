using System.Text;
using Bascule.Testing;

namespace Bascule.Terminal.Tests;

/// <summary>Output that waits for its reader, and output that does not.</summary>
public sealed class HoldTests
{
    private const int Ring = TerminalOrder.LeastScrollback;

    [Fact]
    public async Task What_is_held_pauses_the_program_and_Ctrl_C_still_gets_through()
    {
        await using var host = new TerminalHost(new ManualTime());
        var terminal = host.Start(host.Order("yes") with { ScrollbackBytes = Ring });
        await terminal.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();

        Assert.Equal((0, Ring), (terminal.Output.Start, terminal.Output.End));
        await terminal.TypeAsync("\x03");
        terminal.Hold(long.MaxValue);

        Assert.Equal("SIGINT", (await terminal.Ended.Soon()).Signal);
    }

    [Fact]
    public async Task A_million_lines_arrive_byte_for_byte_at_a_reader_that_says_how_far_it_is()
    {
        await using var host = new TerminalHost(new ManualTime());
        var terminal = host.Start(host.Order("seq", "1", "1000000") with { ScrollbackBytes = Ring });

        var all = Encoding.ASCII.GetString(await terminal.Output.ReadAllAsync(terminal.Hold));

        Assert.Equal(string.Concat(Enumerable.Range(1, 1_000_000).Select(n => $"{n}\r\n")), all);
        Assert.Equal(0, (await terminal.Ended.Soon()).Code);
    }

    [Fact]
    public async Task Both_streams_of_a_command_are_held_each_for_itself()
    {
        await using var host = new TerminalHost(new ManualTime());
        var terminal = host.Start(host.Order("sh", "-c", "seq 1 100000 & seq 1 100000 >&2; wait") with { Tty = false, ScrollbackBytes = Ring });

        var errors = terminal.Errors!.ReadAllAsync(terminal.HoldErrors);
        var output = terminal.Output.ReadAllAsync(terminal.Hold);

        Assert.Equal(await output, await errors);
        Assert.Equal(string.Concat(Enumerable.Range(1, 100_000).Select(n => $"{n}\n")), Encoding.ASCII.GetString(await output));
    }

    [Fact]
    public async Task What_is_held_when_the_first_process_has_ended_is_read_even_if_room_and_end_come_together()
    {
        const int all = Ring + Ring / 2;
        var sign = Path.GetTempFileName();
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("sh", "-c", $"(yes | head -c {all}; rm {sign}; sleep 1000) & exit 0") with { Tty = false, ScrollbackBytes = Ring });
        await terminal.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();
        await Waiting.UntilAsync(() => !File.Exists(sign) && !Directory.Exists($"/proc/{terminal.ProcessId}"));
        using var standing = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        host.Reactor.TryPost(() =>
        {
            standing.Set();
            goesOn.Wait();
        });
        standing.Wait();

        // Both wait for the reactor now: first that there is room, then that the time of the rest is over.
        var buffer = new byte[Ring];
        Assert.Equal(Ring, terminal.Output.Read(0, buffer));
        terminal.Hold(Ring);
        time.Advance(TimeSpan.FromMilliseconds(500));
        goesOn.Set();
        for (long position = Ring; position < all; )
        {
            await terminal.Output.WaitAsync(position, CancellationToken.None).AsTask().Soon();
            var count = terminal.Output.Read(position, buffer);
            Assert.True(count > 0, $"it ended at {position}");
            terminal.Hold(position += count);
        }
    }

    [Fact]
    public async Task Who_prints_without_end_after_the_first_process_does_not_keep_the_end_from_a_reader_that_takes_all()
    {
        await using var host = new TerminalHost();
        var terminal = host.Start(host.Order("sh", "-c", "yes & exit 5") with { Tty = false, ScrollbackBytes = Ring });

        await terminal.Output.ReadAllAsync(terminal.Hold);

        Assert.Equal(5, (await terminal.Ended.Soon()).Code);
    }

    [Fact]
    public async Task Without_a_reader_the_program_waits_for_the_hold_and_then_runs_on()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("seq", "1", "100000") with { ScrollbackBytes = Ring, Hold = TimeSpan.FromSeconds(60) });
        await terminal.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, terminal.Output.Start);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, (await terminal.Ended.Soon()).Code);
        Assert.InRange(terminal.Output.Start, 1, long.MaxValue);
    }

    [Fact]
    public async Task Who_came_for_it_is_not_forgotten_when_the_first_hold_is_over()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("seq", "1", "100000") with { ScrollbackBytes = Ring, Hold = TimeSpan.FromSeconds(60) });
        terminal.Hold(0);
        await terminal.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();

        time.Advance(TimeSpan.FromMinutes(10));

        await terminal.TypeAsync("x");
        Assert.Equal((0, Ring), (terminal.Output.Start, terminal.Output.End));
    }

    [Fact]
    public async Task The_end_of_a_program_waits_for_what_is_held()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var script = $"head -c {Ring} /dev/zero; printf held; exit 6";
        var terminal = host.StartCommand(script);
        var small = host.Start(host.Order("sh", "-c", script) with { Tty = false, ScrollbackBytes = Ring });
        await terminal.Ended.Soon();
        await small.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(small.Ended.IsCompleted);

        small.Hold(4);

        await Clock.RunUntilAsync(time, small.Ended);
        Assert.Equal((6, Ring + 4L), ((await small.Ended).Code, small.Output.End));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_who_holds()
    {
        var time = new ManualTime();
        await using var host = new TerminalHost(time);
        var terminal = host.Start(host.Order("yes") with { ScrollbackBytes = Ring });
        terminal.Hold(0);
        await terminal.Output.WaitAsync(Ring - 1, CancellationToken.None).AsTask().Soon();

        await Clock.RunUntilAsync(time, terminal.StopAsync(EndCause.Deleted));

        Assert.Equal((EndCause.Deleted, Ring), ((await terminal.Ended).Cause, terminal.Output.End));
    }
}
