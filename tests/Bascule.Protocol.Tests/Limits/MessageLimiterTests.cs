using Bascule.Model;

namespace Bascule.Protocol.Tests;

/// <summary>What the relay and the hub do with it is tested there.</summary>
public sealed class MessageLimiterTests
{
    private static readonly byte[] Frame = [0x81, 0x80, 0, 0, 0, 0];

    [Fact]
    public async Task A_hold_counts_from_before_its_timer_runs_so_that_none_is_lost_to_a_thread_that_is_late()
    {
        var time = new HastyTime();
        using var limiter = MessageLimiter.For(MessageLimits.None with { MessagesPerSecond = 10 }, user: null, time)!;
        var scanner = new FrameScanner(expectMasked: true, allowedReserved: 0, wholeLimit: 100);
        for (var i = 0; i < 10; i++)
            Assert.Equal(FrameStep.Part, limiter.Next(ref scanner, Frame, time.GetTimestamp(), out _));
        limiter.Next(ref scanner, Frame, time.GetTimestamp(), out _);
        Assert.Equal(LimitVerdict.Hold, limiter.Verdict);

        await limiter.HoldAsync(Frame);

        Assert.Equal((TimeSpan.FromMilliseconds(100), 1), limiter.Throttled);
    }

    /// <summary>Whoever arms a timer finds that it has fired already when its thread goes on.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private TimeSpan _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new HastyTimer(this, () => callback(state));

        private sealed class HastyTimer(HastyTime time, Action fire) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time._now += dueTime;
                fire();
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
