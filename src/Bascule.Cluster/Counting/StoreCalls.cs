namespace Bascule.Cluster;

/// <summary>Bounds the wait for a store. A call that takes too long is left behind, and its answer heard by nobody; who owns this waits for its end.</summary>
internal sealed class StoreCalls(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _whenIdle;
    private int _underWay;

    /// <exception cref="TimeoutException">There was no answer within the limit. What was asked may have been done, or may yet be.</exception>
    internal async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan limit)
    {
        var cancellation = new CancellationTokenSource(limit, time);
        var limitReached = cancellation.Token;
        var answer = TrackAsync(call, cancellation);
        try
        {
            return await answer.WaitAsync(limitReached);
        }
        catch (OperationCanceledException e) when (limitReached.IsCancellationRequested)
        {
            // What becomes of it is of no interest any more, but a task whose failure nobody looks at is reported as a defect.
            _ = answer.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw new TimeoutException($"There was no answer within {limit.TotalMilliseconds:0} ms.", e);
        }
    }

    /// <summary>Ends when no call is under way. Every call ends in bounded time: the store promises it.</summary>
    internal Task WhenIdle()
    {
        lock (_gate)
        {
            if (_underWay == 0)
                return Task.CompletedTask;
            _whenIdle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _whenIdle.Task;
        }
    }

    private async Task<T> TrackAsync<T>(Func<CancellationToken, Task<T>> call, CancellationTokenSource cancellation)
    {
        lock (_gate)
            _underWay++;
        try
        {
            return await call(cancellation.Token);
        }
        finally
        {
            Leave();
            cancellation.Dispose();
        }
    }

    private void Leave()
    {
        TaskCompletionSource? idle = null;
        lock (_gate)
        {
            if (--_underWay == 0)
                (idle, _whenIdle) = (_whenIdle, null);
        }

        idle?.SetResult();
    }
}
