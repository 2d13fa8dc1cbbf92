using System.Threading.Tasks.Sources;

namespace Bascule.Protocol;

/// <summary>Waits on the clock again and again with one timer; <see cref="Wake"/> ends a wait before its time. One waiter at a time.</summary>
internal sealed class HoldTimer : IValueTaskSource, IDisposable
{
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _waiting;

    internal HoldTimer(TimeProvider time) =>
        _timer = time.CreateTimer(static timer => ((HoldTimer)timer!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>May end early, when a wait before it was woken: the caller looks again.</summary>
    internal ValueTask WaitAsync(TimeSpan span)
    {
        _source.Reset();
        var wait = new ValueTask(this, _source.Version);
        Interlocked.Exchange(ref _waiting, 1);
        _timer.Change(span, Timeout.InfiniteTimeSpan);
        return wait;
    }

    /// <summary>Ends the wait that is under way, if one is.</summary>
    internal void Wake()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 1)
            _source.SetResult(true);
    }

    public void Dispose() => _timer.Dispose();

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
