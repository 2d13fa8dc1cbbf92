namespace Bascule.Testing;

/// <summary>
/// The time in which this process runs: while the machine stands still, or has no thread for us, it stands still too. For a short limit on what never comes:
/// what does come is late on no machine.
/// </summary>
public sealed class WorkingTime
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly ITimer _beat;

    private WorkingTime()
    {
        _beat = TimeProvider.System.CreateTimer(static working => ((WorkingTime)working!).Go(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _beat.Change(Beat, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One for all tests of a process.</summary>
    public static TimeProvider Shared { get; } = new WorkingTime()._time;

    private void Go()
    {
        _time.Advance(Beat);
        _beat.Change(Beat, Timeout.InfiniteTimeSpan);
    }
}
