using Bascule.Testing;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>What the gateway's end of a link tells the log: what is normal is no warning.</summary>
public sealed class LinkLogTests
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_shard_that_starts_is_awaited_and_missed_only_when_it_stays_away()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time };
        var begun = time.GetTimestamp();
        bench.Dial();
        await bench.Log.SeenAsync(e => e is { Event: "LinkAwaited", Level: LogLevel.Debug });

        var missed = bench.Log.SeenAsync(e => e.Event == "LinkDown");
        while (!missed.IsCompleted)
        {
            if (time.GetElapsedTime(begun) < StartTime)
                Assert.DoesNotContain(bench.Log.All, e => e.Level > LogLevel.Information);
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.Contains("nobody takes a link", (await missed).Text, StringComparison.Ordinal);
        Assert.True(time.GetElapsedTime(begun) >= StartTime);
    }

    [Fact]
    public async Task A_link_that_breaks_is_a_warning_and_the_new_start_after_it_is_none()
    {
        var time = new ManualTime();
        await using var bench = new LinkBench { Time = time };
        await bench.LinkAsync();

        await bench.StopListeningAsync();
        await bench.Gateway.ClosedAsync();
        await bench.Log.SeenAsync(e => e.Event == "LinkDown");
        var awaited = bench.Log.SeenAsync(e => e.Event == "LinkAwaited");
        var steps = 0;
        for (; !awaited.IsCompleted && steps < 40; steps++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(awaited, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        await awaited;
        Assert.Single(bench.Log.All, e => e.Event == "LinkDown");
    }

    [Fact]
    public async Task The_end_of_a_shard_that_is_to_stop_is_no_warning()
    {
        await using var bench = new LinkBench();
        bench.Listen();
        var dialer = bench.Dial();
        await bench.Gateway.OpenedAsync();
        await bench.Log.SeenAsync(e => e.Event == "LinkUp");

        dialer.Leave();
        await bench.StopListeningAsync();
        await bench.Gateway.ClosedAsync();
        await dialer.DisposeAsync().AsTask().Soon();

        Assert.DoesNotContain(bench.Log.All, e => e.Event == "LinkDown");
    }
}
