namespace Bascule.Backends;

/// <summary>How fast slots come back, over about the last minute. The pool's lock guards it.</summary>
/// <remarks>Returns are only counted; the clock is looked at when somebody waits or asks, so that a slot that comes back costs nothing more.</remarks>
internal sealed class ReturnRate
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);
    private readonly TimeProvider _time;
    private readonly Queue<Sample> _samples = new();
    private Sample _newest;
    private long _returned;

    internal ReturnRate(TimeProvider time)
    {
        _time = time;
        _newest = new Sample(time.GetTimestamp(), 0);
        _samples.Enqueue(_newest);
    }

    internal void Count() => _returned++;

    internal void Look(long now)
    {
        if (_time.GetElapsedTime(_newest.At, now) < Spacing)
            return;
        _newest = new Sample(now, _returned);
        _samples.Enqueue(_newest);

        // One that is too old stays as long as no younger one is old enough to measure from.
        while (_time.GetElapsedTime(_samples.Peek().At, now) > Most && _time.GetElapsedTime(_samples.ElementAt(1).At, now) >= Least)
            _samples.Dequeue();
    }

    /// <summary>The time in which so many slots come back; null when none did lately.</summary>
    internal TimeSpan? TimeFor(int returns, long now)
    {
        var from = _samples.Peek();
        var returned = _returned - from.Returned;
        return returned == 0 ? null : _time.GetElapsedTime(from.At, now) * ((double)returns / returned);
    }

    private readonly record struct Sample(long At, long Returned);
}
