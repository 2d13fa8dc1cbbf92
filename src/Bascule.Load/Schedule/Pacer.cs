namespace Bascule.Load;

/// <summary>Gives the messages of an open-loop run to their connections at their time, on a thread of its own.</summary>
internal sealed class Pacer : IDisposable
{
    // Shorter sleeps cost more than they are worth: at a step of 100 µs the thread uses a few percent of a core.
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMicroseconds(100);

    // So that an end is noticed.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50);

    private readonly MessageSchedule _schedule;
    private readonly Action<int, long> _send;
    private readonly TimeProvider _time;
    private readonly Thread _thread;
    private volatile bool _isOver;

    /// <param name="send">Gets the connection and the timestamp that the message should have gone at. Must not block.</param>
    internal Pacer(MessageSchedule schedule, Action<int, long> send, TimeProvider time)
    {
        (_schedule, _send, _time) = (schedule, send, time);
        _thread = new Thread(Run) { IsBackground = true, Name = "load pacer" };
        _thread.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Run()
    {
        PreciseWait.PrepareThread();
        while (!_isOver)
        {
            while (!_isOver && _schedule.TryTake(_time.GetTimestamp(), out var connection, out var intended))
                _send(connection, intended);
            var wait = _time.GetElapsedTime(_time.GetTimestamp(), _schedule.NextTime);
            PreciseWait.Sleep(wait < ShortestSleep ? ShortestSleep : wait > LongestSleep ? LongestSleep : wait);
        }
    }
}
