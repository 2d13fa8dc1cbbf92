using System.Threading.Tasks.Sources;

namespace Bascule.Hub;

/// <summary>Wakes one waiter, again and again, without allocating. A ring while nobody waits is kept for the next wait; several are one.</summary>
internal sealed class Bell : IValueTaskSource, ISubscriber
{
    private const int Quiet = 0;
    private const int Rung = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _state;

    internal void Ring()
    {
        if (Interlocked.Exchange(ref _state, Rung) == Waiting)
            _source.SetResult(true);
    }

    /// <summary>One waiter at a time. May end without news: the waiter looks for itself.</summary>
    internal ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Quiet, Rung) == Rung)
            return ValueTask.CompletedTask;
        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Quiet) == Quiet)
            return new ValueTask(this, _source.Version);
        Volatile.Write(ref _state, Quiet);
        return ValueTask.CompletedTask;
    }

    void ISubscriber.DataReady(Subscription subscription) => Ring();

    void IValueTaskSource.GetResult(short token)
    {
        Volatile.Write(ref _state, Quiet);
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
