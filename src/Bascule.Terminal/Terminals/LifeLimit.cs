namespace Bascule.Terminal;

/// <summary>Ends something when a time is over since a moment that may move on; says so before.</summary>
internal sealed class LifeLimit : IDisposable
{
    /// <summary>Before the end, in seconds: time to finish a line, and time to press a key. From the design of terminals (A.4).</summary>
    private static readonly int[] NoticeSeconds = [120, 30];

    /// <summary>Timers of .NET bear 49 days at most.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly EndCause _kind;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly Func<long> _since;
    private readonly LifeActions _actions;
    private readonly ITimer _timer;
    private long _lastSince;
    private int _nextNotice;
    private bool _isOver;

    /// <param name="since">Timestamp of the moment from which the time runs; asked anew each time.</param>
    internal LifeLimit(EndCause kind, TimeSpan limit, TimeProvider time, Func<long> since, LifeActions actions)
    {
        (_kind, _limit, _time, _since, _actions) = (kind, limit, time, since, actions);
        _lastSince = since();
        _timer = time.CreateTimer(static limit => ((LifeLimit)limit!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal void Begin() => Look();

    public void Dispose()
    {
        lock (_gate)
            _isOver = true;
        _timer.Dispose();
    }

    private void Look()
    {
        int? notice = null;
        var isOver = false;
        lock (_gate)
        {
            if (_isOver)
                return;
            var since = _since();
            if (since != _lastSince)
                (_lastSince, _nextNotice) = (since, 0);
            var left = _limit - _time.GetElapsedTime(since);
            isOver = _isOver = left <= TimeSpan.Zero;
            // Of a notice for a longer time than there ever was, nothing is said; of two that are due, the later one.
            for (; _nextNotice < NoticeSeconds.Length && left <= TimeSpan.FromSeconds(NoticeSeconds[_nextNotice]); _nextNotice++)
                if (_limit > TimeSpan.FromSeconds(NoticeSeconds[_nextNotice]))
                    notice = NoticeSeconds[_nextNotice];
            if (!isOver)
                Arm(_nextNotice < NoticeSeconds.Length ? left - TimeSpan.FromSeconds(NoticeSeconds[_nextNotice]) : left);
        }

        if (isOver)
            _actions.End(_kind);
        else if (notice is { } seconds)
            _actions.Announce?.Invoke(new LifeNotice(_kind, seconds));
    }

    private void Arm(TimeSpan wait) =>
        _timer.Change(wait > LongestWait ? LongestWait : wait < ShortestWait ? ShortestWait : wait, Timeout.InfiniteTimeSpan);
}

/// <param name="Announce">Null: nobody is there to be told.</param>
internal readonly record struct LifeActions(Action<EndCause> End, Action<LifeNotice>? Announce);
