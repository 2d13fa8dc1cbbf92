using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>The limits of time of one connection: heartbeat, idle, age, token, patience with a client that sends too much.</summary>
internal sealed class LifeWatch
{
    /// <summary>So long before its token expires a client is warned: time to fetch another one, and to try again.</summary>
    private static readonly TimeSpan TokenWarning = TimeSpan.FromSeconds(30);

    private readonly RelaySide _client;
    private readonly RelaySide _backend;
    private readonly RelayTerms _terms;
    private readonly AttemptId _attempt;
    private readonly TimeProvider _time;
    private readonly long _startedAt;

    /// <summary>Ticks in UTC; the largest number: never.</summary>
    private long _expiresAt;
    private long _warnedOf;

    internal LifeWatch(RelaySide client, RelaySide backend, RelayTerms terms, AttemptId attempt, TimeProvider time)
    {
        _client = client;
        _backend = backend;
        _terms = terms;
        _attempt = attempt;
        _time = time;
        _startedAt = time.GetTimestamp();
        _expiresAt = TicksOf(terms.ExpiresAt);
    }

    internal TimeSpan Age => _time.GetElapsedTime(_startedAt);

    internal DateTimeOffset? ExpiresAt
    {
        get => Interlocked.Read(ref _expiresAt) is < long.MaxValue and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        set => Interlocked.Exchange(ref _expiresAt, TicksOf(value));
    }

    /// <summary>The ending that is due, or null. Sends pings and warnings; never waits.</summary>
    internal Ending? Look(bool cleanup, MessageLimiter? limiter, Standstills still) =>
        AgeEnding() ?? TokenEnding() ?? PatienceEnding(limiter) ?? QuietEnding(cleanup, still)
        ?? Beat(_client, EndReasons.ClientHeartbeatLost, still) ?? Beat(_backend, EndReasons.BackendHeartbeatLost, still);

    private Ending? AgeEnding()
    {
        var age = Age;
        return _terms.MaximumAge > TimeSpan.Zero && age >= _terms.MaximumAge
            ? new Ending(EndReasons.MaximumAge, $"open for {Words(age)}; the limit is {Words(_terms.MaximumAge)}")
            : null;
    }

    private Ending? TokenEnding()
    {
        if (ExpiresAt is not { } expires)
            return null;
        var left = expires - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return new Ending(EndReasons.TokenLapsed, $"expired at {expires:yyyy-MM-ddTHH:mm:ssZ}; POST /api/connections/{_attempt}/token with a new token renews it in time");
        if (left <= TokenWarning && _warnedOf != expires.Ticks)
        {
            _warnedOf = expires.Ticks;
            if (_terms.SpeaksBascule)
                _client.Writer.PostText(BasculeMessage.TokenLapses(left));
        }

        return null;
    }

    private Ending? PatienceEnding(MessageLimiter? limiter)
    {
        if (limiter is null)
            return null;
        if (limiter.PatienceEnding() is { } ending)
            return ending;
        if (_terms.SpeaksBascule && limiter.TakeNotice() is { } notice)
            _client.Writer.PostText(BasculeMessage.HeldBack(notice.Excess, notice.ClosesIn));
        return null;
    }

    private Ending? QuietEnding(bool cleanup, Standstills still)
    {
        // We ourselves do not let the client speak.
        if (_client.Held)
            return null;
        var heartbeat = _terms.Heartbeat;
        var idle = Min(still.TimeSince(Math.Max(_client.LastMessageAt, _client.HeldUntil)), still.TimeSince(_backend.LastMessageAt));
        if (_terms.Idle > TimeSpan.Zero && idle >= _terms.Idle)
            return new Ending(EndReasons.Idle, $"no message for {Words(idle)}; the limit is {Words(_terms.Idle)}");
        var quiet = Min(still.TimeSince(Math.Max(_client.LastByteAt, _client.HeldUntil)), still.TimeSince(_backend.LastByteAt));
        return cleanup && heartbeat.Stale > TimeSpan.Zero && quiet >= heartbeat.Stale
            ? new Ending(EndReasons.Stale, $"no byte for {Words(quiet)}; the limit is {Words(heartbeat.Stale)}")
            : null;
    }

    private Ending? Beat(RelaySide side, EndReason lost, Standstills still)
    {
        if (_terms.Heartbeat.Interval == TimeSpan.Zero || side.Paused || side.Held || side.CloseSeen is not null)
            return null;
        var heard = Math.Max(side.LastByteAt, side.ResumedAt);
        if (still.TimeSince(heard) < _terms.Heartbeat.Interval)
            return null;

        // Inside a frame no ping can be sent, so the side was not asked: there, only a write that does not end is a sign of death.
        var silence = still.TimeSince(Math.Max(heard, side.Writer.InsideFrameAt));
        // Nor was one whose ping has only just gone out: this looks once a second, and may be late.
        var wasAsked = side.AskedAt > heard && still.TimeSince(side.AskedAt) >= _terms.Heartbeat.Timeout - _terms.Heartbeat.Interval;
        if (silence >= _terms.Heartbeat.Timeout && wasAsked && (side.Writer.Busy || !side.Writer.MidFrame))
            return new Ending(lost, $"silent for {Words(silence)} in spite of pings; the limit is {Words(_terms.Heartbeat.Timeout)}");
        side.Ping(_terms.Heartbeat.Interval, heard, still);
        return null;
    }

    private static long TicksOf(DateTimeOffset? at) => at?.UtcTicks ?? long.MaxValue;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Words(TimeSpan span) => $"{span.TotalSeconds:0.#} s";
}
