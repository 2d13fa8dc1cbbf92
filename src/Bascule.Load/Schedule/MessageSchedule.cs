namespace Bascule.Load;

/// <summary>
/// When each message should go: message k of all at start + k × step, to connection k modulo their number. So the load is even, and one number is the whole schedule.
/// </summary>
/// <param name="start">Timestamp of message 0.</param>
/// <param name="connections">That take turns.</param>
/// <param name="ratePerConnection">Messages per second.</param>
/// <param name="frequency">Timestamps per second.</param>
public sealed class MessageSchedule(long start, int connections, double ratePerConnection, long frequency)
{
    private readonly double _step = frequency / (ratePerConnection * connections);
    private long _next;

    /// <summary>The next message, when its time has come.</summary>
    public bool TryTake(long now, out int connection, out long intended)
    {
        intended = NextTime;
        connection = (int)(_next % connections);
        if (intended > now)
            return false;
        _next++;
        return true;
    }

    public long NextTime => start + (long)(_next * _step);
}
