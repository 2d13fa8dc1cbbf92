namespace Bascule.Protocol;

/// <summary>A token bucket that holds what may come in one second. What passes in one piece may put it into debt; then nothing passes until that is paid.</summary>
/// <remarks>A mutable struct: keep it in a field, never copy it. Not safe for several threads.</remarks>
internal struct RateBucket
{
    /// <summary>Sums of fractions of a second do not come out even: a millionth of a message is given away.</summary>
    private const double Rounding = 1e-6;

    private readonly double _ticksPerSecond;
    private double _left;
    private double _takenSinceFull;
    private long _refilledAt;
    private long _fullAt;

    /// <summary>A full bucket.</summary>
    /// <param name="perSecond">1 or more. Null: no limit.</param>
    /// <param name="ticksPerSecond">Of the timestamps that the other methods get.</param>
    internal RateBucket(long? perSecond, long now, long ticksPerSecond)
    {
        PerSecond = perSecond;
        _left = perSecond ?? 0;
        _ticksPerSecond = ticksPerSecond;
        _refilledAt = _fullAt = now;
    }

    internal long? PerSecond { get; private set; }

    /// <summary>Whether one more may pass.</summary>
    internal readonly bool Allows => PerSecond is null || _left >= 1 - Rounding;

    internal void Refill(long now)
    {
        // Threads that share a bucket may come with times in another order.
        if (PerSecond is not { } perSecond || now <= _refilledAt)
            return;
        _left += (now - _refilledAt) / _ticksPerSecond * perSecond;
        _refilledAt = now;
        if (_left < perSecond)
            return;
        _left = perSecond;
        _fullAt = now;
        _takenSinceFull = 0;
    }

    /// <summary>A negative number gives back.</summary>
    internal void Take(double units)
    {
        if (PerSecond is not { } perSecond)
            return;
        _left = Math.Min(perSecond, _left - units);
        _takenSinceFull += units;
    }

    /// <summary>Time until one more may pass.</summary>
    internal readonly TimeSpan Until() => PerSecond is { } perSecond && !Allows ? TimeSpan.FromSeconds((1 - _left) / perSecond) : TimeSpan.Zero;

    /// <summary>What came in a second, at least: all since the bucket was full, and what waits, over that time or one second.</summary>
    internal readonly long SeenPerSecond(long waiting) =>
        (long)Math.Ceiling((_takenSinceFull + waiting) / Math.Max(1, (_refilledAt - _fullAt) / _ticksPerSecond));

    /// <summary>Another limit from now on; what is left of the old one stays, as far as the new one goes.</summary>
    internal void ChangeTo(long? perSecond)
    {
        if (perSecond == PerSecond)
            return;
        _left = PerSecond is null ? perSecond ?? 0 : Math.Min(_left, perSecond ?? 0);
        PerSecond = perSecond;
    }
}
