namespace Bascule.Load;

/// <summary>Lets attempts begin at a rate, and so many at once at most.</summary>
/// <param name="perSecond">Null: as fast as the other bound allows.</param>
internal sealed class AttemptSchedule(double? perSecond, int inFlight, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _places = new(inFlight);
    private readonly long _start = time.GetTimestamp();
    private long _next;

    /// <summary>Waits for the turn of the next attempt.</summary>
    /// <returns>When it should have begun; null when no time was planned.</returns>
    internal async Task<long?> TurnAsync(CancellationToken cancellation)
    {
        if (perSecond is not { } rate)
            return null;
        var due = _start + (long)((Interlocked.Increment(ref _next) - 1) / rate * time.TimestampFrequency);
        var wait = time.GetElapsedTime(time.GetTimestamp(), due);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellation);
        return due;
    }

    /// <summary>Waits for one of the places; give it back with <see cref="Leave"/>.</summary>
    internal Task EnterAsync(CancellationToken cancellation) => _places.WaitAsync(cancellation);

    internal void Leave() => _places.Release();

    public void Dispose() => _places.Dispose();
}
