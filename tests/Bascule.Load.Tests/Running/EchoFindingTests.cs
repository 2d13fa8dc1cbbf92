using Bascule.Testing;

namespace Bascule.Load.Tests;

/// <summary>What a run finds out about messages that come back wrong, late, or not at all.</summary>
public sealed class EchoFindingTests
{
    [Fact]
    public async Task What_a_server_says_by_itself_is_not_called_an_echo()
    {
        await using var server = BrokenServer.Start(Behaviour.Flood);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1 });

        Assert.Equal((0, 0), (result.Targets[0].Received, result.Targets[0].RoundTrip.Count));
    }

    [Fact]
    public async Task Corrupted_echoes_are_each_counted_and_are_not_taken_for_lost_ones()
    {
        await using var server = BrokenServer.Start(Behaviour.CorruptedEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 2 });

        var target = result.Targets[0];
        Assert.Equal((FailureClasses.MessageCorrupt, target.Sent), ShortRun.Single(result));
        Assert.Equal((target.Sent, 0, 0), (target.Received, target.LostMessages, target.RoundTrip.Count));
    }

    [Fact]
    public async Task Doubled_echoes_are_each_counted_once()
    {
        await using var server = BrokenServer.Start(Behaviour.DoubledEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 2, Rate = 20 });

        var target = result.Targets[0];
        Assert.Equal((FailureClasses.MessageDouble, target.Sent), ShortRun.Single(result));
        Assert.Equal(target.Sent * 2, target.Received);
    }

    [Fact]
    public async Task Doubled_echoes_do_not_double_what_a_closed_loop_sends()
    {
        await using var server = BrokenServer.Start(Behaviour.DoubledEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1 });

        var target = result.Targets[0];
        Assert.Equal((FailureClasses.MessageDouble, target.Sent), ShortRun.Single(result));
        Assert.Equal(target.Sent * 2, target.Received);
    }

    [Fact]
    public async Task Echoes_that_are_dropped_are_gaps_and_the_last_ones_are_not_accused()
    {
        await using var server = BrokenServer.Start(Behaviour.DroppedEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 2, Rate = 60, MessageTimeout = TimeSpan.FromSeconds(30) });

        var target = result.Targets[0];
        var gaps = target.Failures.Single(f => f.Class == FailureClasses.MessageGap);
        Assert.Equal(target.Sent - target.Received - target.InFlightAtEnd, gaps.Count);
        Assert.Equal(gaps.Count, target.LostMessages);
        Assert.InRange(target.InFlightAtEnd, 0, 2);
    }

    [Fact]
    public async Task A_closed_loop_goes_on_after_a_message_that_got_no_answer()
    {
        await using var server = BrokenServer.Start(Behaviour.DroppedEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1, MessageTimeout = TimeSpan.FromMilliseconds(1), Hold = TimeSpan.FromSeconds(3) });

        var target = result.Targets[0];
        Assert.Contains(target.Failures, f => f is { Class: FailureClasses.MessageTimeout, Count: > 0 });
        Assert.True(target.Sent > 3, $"{target.Sent} sent");
    }

    [Fact]
    public async Task Reordered_echoes_are_counted_as_such()
    {
        await using var server = BrokenServer.Start(Behaviour.ReorderedEcho);

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1, Rate = 40 });

        var target = result.Targets[0];
        Assert.Equal(target.Received / 2, target.Failures.Single(f => f.Class == FailureClasses.MessageOrder).Count);
        Assert.Equal(0, target.LostMessages);
    }

    [Fact]
    public async Task A_pause_of_the_server_shows_in_the_corrected_times_of_all_messages_it_held_up()
    {
        // Each echo takes at least 50 ms and the next one waits for it: at 100 a second the queue grows. Raw times of a closed loop would say 50 ms for ever.
        await using var server = BrokenServer.Start(new ServerScript(Behaviour.Echo, Pause: TimeSpan.FromMilliseconds(50)));

        var result = await ShortRun.RunAsync(server.Url, plan => plan with { Connections = 1, Rate = 100, Hold = TimeSpan.FromSeconds(2) });

        var target = result.Targets[0];
        Assert.True(target.RoundTrip.Count > 20);
        Assert.True(target.RoundTrip.Min >= 45_000_000, $"fastest {target.RoundTrip.Min} ns");
        Assert.True(target.RoundTrip.Percentile(50) > 500_000_000, $"p50 {target.RoundTrip.Percentile(50)} ns");
    }
}
