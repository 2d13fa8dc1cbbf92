namespace Bascule.Backends;

/// <summary>Long-running tasks, one for each key that is wanted. It starts them, stops them, and awaits their end.</summary>
internal sealed class TaskSet<TKey>(Func<TKey, CancellationToken, Task> run) : IAsyncDisposable
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, CancellationTokenSource> _running = [];
    private readonly HashSet<Task> _tasks = [];
    private bool _disposed;

    /// <summary>Starts what is missing, and stops what is no longer wanted.</summary>
    internal void Follow(IReadOnlySet<TKey> wanted)
    {
        List<CancellationTokenSource> stopped = [];
        lock (_gate)
        {
            if (_disposed)
                return;
            foreach (var key in _running.Keys.Where(key => !wanted.Contains(key)).ToList())
            {
                _running.Remove(key, out var stop);
                stopped.Add(stop!);
            }

            foreach (var key in wanted.Where(key => !_running.ContainsKey(key)))
                Start(key);
        }

        // Outside the lock: cancelling runs code of others.
        foreach (var stop in stopped)
            stop.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        CancellationTokenSource[] stopped;
        Task[] left;
        lock (_gate)
        {
            // From here on nothing starts any more.
            _disposed = true;
            stopped = [.. _running.Values];
            left = [.. _tasks];
        }

        foreach (var stop in stopped)
            await stop.CancelAsync();
        await Task.WhenAll(left);
    }

    private void Start(TKey key)
    {
        // Not disposed: it has no timer to give back, and whoever stops the task may come when the task has just ended.
        var stop = new CancellationTokenSource();
        _running[key] = stop;

        // On another thread: whatever runs first there may want our lock, or that of a pool.
        var task = Task.Run(() => RunAsync(key, stop), CancellationToken.None);
        _tasks.Add(task);
        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Forget(Task task)
    {
        // One that failed stays, so that its fault comes up when the set is disposed.
        lock (_gate)
        {
            if (task.IsCompletedSuccessfully)
                _tasks.Remove(task);
        }
    }

    private async Task RunAsync(TKey key, CancellationTokenSource stop)
    {
        try
        {
            await run(key, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it is stopped.
        }
    }
}
