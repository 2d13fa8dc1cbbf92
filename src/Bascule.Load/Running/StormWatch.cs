namespace Bascule.Load;

/// <summary>Measures how connections come back after all of them were dropped at once.</summary>
public sealed class StormWatch(int dropped, long since, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _back = new(dropped);
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when as many are back as were dropped.</summary>
    public Task AllBack => _all.Task;

    public void Back()
    {
        lock (_lock)
        {
            if (_back.Count < dropped)
                _back.Add(time.GetElapsedTime(since));
            if (_back.Count == dropped)
                _all.TrySetResult();
        }
    }

    public StormResult Judge()
    {
        lock (_lock)
            return new StormResult(dropped, _back.Count, At(0.5), At(0.9), At(1), Peak());
    }

    private TimeSpan? At(double share) => (int)Math.Ceiling(dropped * share) is var needed and > 0 && needed <= _back.Count ? _back[needed - 1] : null;

    // The most within any second, not only within whole ones of the clock; when all was over sooner, the rate of that time.
    private double Peak()
    {
        var most = 0;
        for (int from = 0, to = 0; to < _back.Count; to++)
        {
            while (_back[to] - _back[from] >= TimeSpan.FromSeconds(1))
                from++;
            most = Math.Max(most, to - from + 1);
        }

        return most;
    }
}
