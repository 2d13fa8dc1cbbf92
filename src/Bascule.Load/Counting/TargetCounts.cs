namespace Bascule.Load;

/// <summary>What is counted of one target while a run goes on. Any thread may count.</summary>
internal sealed class TargetCounts(string label, int windows)
{
    private long _attempts;
    private long _opened;
    private long _failedAttempts;
    private long _lost;
    private long _lostMessages;
    private long _retried;
    private long _sent;
    private long _received;
    private long _sentBytes;
    private long _receivedBytes;
    private int _open;
    private int _mostOpen;
    private int _connecting;
    private LatencyHistogram _second = new();

    internal FailureBook Failures { get; } = new();

    internal LatencyHistogram Connect { get; } = new();

    internal LatencyHistogram Tcp { get; } = new();

    internal LatencyHistogram Tls { get; } = new();

    internal LatencyHistogram Upgrade { get; } = new();

    internal LatencyHistogram RoundTrip { get; } = new();

    internal LatencyHistogram RawRoundTrip { get; } = new();

    private LatencyHistogram[] Windows { get; } = [.. Enumerable.Range(0, windows).Select(_ => new LatencyHistogram())];

    internal long Attempts => Interlocked.Read(ref _attempts);

    internal long OpenedEver => Interlocked.Read(ref _opened);

    internal long FailedAttempts => Interlocked.Read(ref _failedAttempts);

    internal long Sent => Interlocked.Read(ref _sent);

    internal long Received => Interlocked.Read(ref _received);

    internal int Open => Volatile.Read(ref _open);

    internal int Connecting => Volatile.Read(ref _connecting);

    internal void AttemptBegins(bool isRetry)
    {
        Interlocked.Increment(ref _attempts);
        Interlocked.Increment(ref _connecting);
        if (isRetry)
            Interlocked.Increment(ref _retried);
    }

    /// <summary>The end of the run cut it short: neither good nor bad.</summary>
    internal void AttemptCutShort() => Interlocked.Decrement(ref _connecting);

    internal void AttemptFailed(LoadFailure failure, TimeSpan at)
    {
        Interlocked.Decrement(ref _connecting);
        Interlocked.Increment(ref _failedAttempts);
        Failures.Add(failure, at);
    }

    internal void Opened(DialTimes times)
    {
        Interlocked.Decrement(ref _connecting);
        Interlocked.Increment(ref _opened);
        var open = Interlocked.Increment(ref _open);
        for (var most = Volatile.Read(ref _mostOpen); open > most;)
            most = Interlocked.CompareExchange(ref _mostOpen, open, most) is var seen && seen == most ? open : seen;
        Connect.Record(times.Tcp + times.Tls + times.Upgrade);
        Tcp.Record(times.Tcp);
        if (times.Tls > TimeSpan.Zero)
            Tls.Record(times.Tls);
        Upgrade.Record(times.Upgrade);
    }

    /// <summary>A connection is over.</summary>
    /// <param name="failure">Null when it ended as it was to.</param>
    /// <param name="waiting">Messages of it that will never be answered now.</param>
    internal void Ended(LoadFailure? failure, int waiting, TimeSpan at)
    {
        Interlocked.Decrement(ref _open);
        if (failure is null)
            return;
        Interlocked.Increment(ref _lost);
        Interlocked.Add(ref _lostMessages, waiting);
        Failures.Add(failure, at);
    }

    internal void MessagesLost(string failureClass, int count, TimeSpan at, string seen)
    {
        if (count == 0)
            return;
        Interlocked.Add(ref _lostMessages, count);
        Failures.Add(new LoadFailure(failureClass, seen), at, count);
    }

    internal void MessageSent(int bytes)
    {
        Interlocked.Increment(ref _sent);
        Interlocked.Add(ref _sentBytes, bytes);
    }

    internal void MessageReceived(int bytes)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Add(ref _receivedBytes, bytes);
    }

    /// <param name="window">Of the hold, or -1 outside of it.</param>
    internal void Answered(TimeSpan corrected, TimeSpan raw, int window)
    {
        RoundTrip.Record(corrected);
        RawRoundTrip.Record(raw);
        Volatile.Read(ref _second).Record(corrected);
        if (window >= 0 && window < Windows.Length)
            Windows[window].Record(corrected);
    }

    /// <summary>The round trips since the last call.</summary>
    internal LatencyHistogram TakeSecond() => Interlocked.Exchange(ref _second, new LatencyHistogram());

    internal TargetResult ToResult(int openAtEnd, long inFlightAtEnd) => new()
    {
        Label = label,
        Attempts = Attempts,
        Opened = OpenedEver,
        FailedAttempts = FailedAttempts,
        Lost = Interlocked.Read(ref _lost),
        LostMessages = Interlocked.Read(ref _lostMessages),
        Retried = Interlocked.Read(ref _retried),
        OpenAtEnd = openAtEnd,
        MostOpen = Volatile.Read(ref _mostOpen),
        Sent = Sent,
        Received = Received,
        SentBytes = Interlocked.Read(ref _sentBytes),
        ReceivedBytes = Interlocked.Read(ref _receivedBytes),
        InFlightAtEnd = inFlightAtEnd,
        Connect = Connect,
        Tcp = Tcp,
        Tls = Tls,
        Upgrade = Upgrade,
        RoundTrip = RoundTrip,
        RawRoundTrip = RawRoundTrip,
        Windows = Windows,
        Failures = Failures.List(),
    };
}
