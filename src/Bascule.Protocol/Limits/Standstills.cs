namespace Bascule.Protocol;

/// <summary>
/// Knows when this process stood still: the machine was suspended, or gave it no time. What others said then waits unread, so such time counts against no silence.
/// For one that looks once in a period, and never twice at once.
/// </summary>
public sealed class Standstills
{
    /// <summary>Of a process that hardly runs the oldest are forgotten: its silent peers end all the same.</summary>
    private const int Most = 32;

    private readonly TimeProvider _time;
    private readonly TimeSpan _period;
    private readonly Queue<(long Begun, long Over)> _all = [];
    private long _lookedAt;

    public Standstills(TimeSpan period, TimeProvider time)
    {
        (_period, _time) = (period, time);
        _lookedAt = time.GetTimestamp();
    }

    public void Look()
    {
        var (last, now) = (_lookedAt, _time.GetTimestamp());
        _lookedAt = now;
        // Half a period late is a busy machine.
        if (_time.GetElapsedTime(last, now) < _period * 1.5)
            return;
        if (_all.Count == Most)
            _all.Dequeue();
        _all.Enqueue((last + (long)(_period.TotalSeconds * _time.TimestampFrequency), now));
    }

    /// <summary>How much time of this process had passed since then when it looked. A standstill after that is found by the next look.</summary>
    /// <param name="timestamp">Of its clock.</param>
    public TimeSpan TimeSince(long timestamp)
    {
        if (timestamp >= _lookedAt)
            return TimeSpan.Zero;
        var passed = _time.GetElapsedTime(timestamp, _lookedAt);
        foreach (var (begun, over) in _all)
        {
            if (over > timestamp)
                passed -= _time.GetElapsedTime(Math.Max(begun, timestamp), over);
        }

        return passed;
    }
}
