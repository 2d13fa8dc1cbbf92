using System.Collections.Concurrent;

namespace Bascule.Hub;

/// <summary>Measures how long messages take from the hub's door to the kernel: behind the clients that a batch woke, a mark goes into the queue of each send loop; when the last loop comes to
/// its mark, all of them had their turn. So it costs a mark for each loop and batch, nothing for each client, and allocates nothing.</summary>
internal sealed class FanoutClock
{
    /// <summary>Batches that are measured at once. Those that come while so many are under way are not; they would tell the same.</summary>
    private const int MostMarks = 32;

    /// <summary>Upper bounds in seconds. From what one client takes to ten seconds, which no reader calls live any more.</summary>
    private static readonly double[] Bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // As many as the first segment of the queue holds: it never grows.
    private readonly ConcurrentQueue<Mark> _free = new();
    private readonly SendLoop[] _loops;
    private readonly TimeProvider _time;
    private readonly long[] _counts = new long[Bounds.Length + 1];
    private long _ticks;

    internal FanoutClock(SendLoop[] loops, TimeProvider time)
    {
        (_loops, _time) = (loops, time);
        for (var i = 0; i < MostMarks; i++)
            _free.Enqueue(new Mark(this));
    }

    internal FanoutFigures Figures => new(Bounds, [.. _counts.Select((_, i) => Volatile.Read(ref _counts[i]))], TimeSpan.FromTicks(Volatile.Read(ref _ticks)).TotalSeconds);

    /// <summary>The clients that wait for these messages have been told, on this thread.</summary>
    /// <param name="since">When they came: a timestamp.</param>
    internal void Told(long since, int messages)
    {
        if (!_free.TryDequeue(out var mark))
            return;
        mark.Begin(since, messages);
        foreach (var loop in _loops)
        {
            // One that has nothing to do has done all.
            if (loop.IsIdle)
                continue;
            mark.Stand();
            loop.Enqueue(mark);
        }

        mark.Turn();
    }

    private void Over(Mark mark, long since, int messages)
    {
        var took = _time.GetElapsedTime(since);
        var bucket = 0;
        while (bucket < Bounds.Length && took.TotalSeconds > Bounds[bucket])
            bucket++;
        Interlocked.Add(ref _counts[bucket], messages);
        Interlocked.Add(ref _ticks, took.Ticks * messages);
        _free.Enqueue(mark);
    }

    /// <summary>One batch, in the queues of the loops.</summary>
    private sealed class Mark(FanoutClock clock) : ISendTurn
    {
        private long _since;
        private int _messages;
        private int _left;

        /// <summary>Its first turn is that of whoever puts it into the queues.</summary>
        internal void Begin(long since, int messages) => (_since, _messages, _left) = (since, messages, 1);

        internal void Stand() => Interlocked.Increment(ref _left);

        public void Turn()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                clock.Over(this, _since, _messages);
        }
    }
}
