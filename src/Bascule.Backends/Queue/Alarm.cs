namespace Bascule.Backends;

/// <summary>One timer that is set to a timestamp, and anew after it rang. The pool's lock guards all but the ringing.</summary>
internal sealed class Alarm : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _at = long.MaxValue;
    private bool _disposed;

    internal Alarm(TimeProvider time, Action rings)
    {
        _time = time;
        _timer = time.CreateTimer(static rings => ((Action)rings!)(), rings, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal bool IsSet => _at != long.MaxValue;

    /// <summary>Sets it; <see cref="long.MaxValue"/> stops it.</summary>
    internal void Set(long at)
    {
        if (_disposed || at == _at)
            return;
        _at = at;
        if (!IsSet)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Whole milliseconds upward: timers cut the fraction off, and would ring again and again before the time.
        var left = Math.Max(0, Math.Ceiling(_time.Until(at, _time.GetTimestamp()).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
    }

    /// <summary>To be called when it rang, so that it can be set to the same time again.</summary>
    internal void Rang() => _at = long.MaxValue;

    public void Dispose()
    {
        _disposed = true;
        _timer.Dispose();
    }
}
