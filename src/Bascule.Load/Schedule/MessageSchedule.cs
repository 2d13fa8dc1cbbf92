using System.Numerics;

namespace Bascule.Load;

/// <summary>
/// When each message should go: message k of all at start + k × step. From one to the next it strides on by about the golden section of the connections, and so comes round to each
/// of them in turn: the load is even, also while only the first of them are open yet.
/// </summary>
/// <param name="start">Timestamp of message 0.</param>
/// <param name="connections">That take turns.</param>
/// <param name="ratePerConnection">Messages per second.</param>
/// <param name="frequency">Timestamps per second.</param>
public sealed class MessageSchedule(long start, int connections, double ratePerConnection, long frequency)
{
    private readonly double _step = frequency / (ratePerConnection * connections);
    private readonly int _stride = StrideFor(connections);
    private long _next;
    private int _connection;

    /// <summary>The next message, when its time has come.</summary>
    public bool TryTake(long now, out int connection, out long intended)
    {
        intended = NextTime;
        connection = _connection;
        if (intended > now)
            return false;
        _next++;
        _connection = (int)(((long)_connection + _stride) % connections);
        return true;
    }

    public long NextTime => start + (long)(_next * _step);

    // Without a common divisor, or some connections would never have their turn.
    private static int StrideFor(int connections)
    {
        var stride = Math.Max(1, (int)(connections * 0.618));
        while (BigInteger.GreatestCommonDivisor(stride, connections) != 1)
            stride++;
        return stride;
    }
}
