using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Hub;

/// <summary>The limits of time of one connection: age, token, patience, idle, stale, answers that are not taken, heartbeat.</summary>
internal sealed class ClientLife
{
    /// <summary>So long before its token expires a client is warned: time to fetch another one, and to try again.</summary>
    private static readonly TimeSpan TokenWarning = TimeSpan.FromSeconds(30);

    private readonly HubTerms _terms;
    private readonly TimeProvider _time;
    private readonly long _startedAt;

    /// <summary>Ticks in UTC; the largest number: never.</summary>
    private long _expiresAt;
    private long _warnedOf;

    internal ClientLife(HubTerms terms, TimeProvider time)
    {
        _terms = terms;
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
    internal Ending? Look(ClientReader reader, ClientSender sender, ClientBeat beat, Standstills still) =>
        AgeEnding() ?? TokenEnding(sender) ?? PatienceEnding(reader, sender) ?? IdleEnding(reader, sender, still) ?? StaleEnding(reader, sender, still)
        ?? RoomEnding(reader, sender, still) ?? beat.Look(_terms.Heartbeat, reader, sender, still);

    private Ending? AgeEnding()
    {
        var limit = _terms.Life.MaximumAge;
        var age = Age;
        return limit > TimeSpan.Zero && age >= limit ? new Ending(EndReasons.MaximumAge, $"open for {Words(age)}; the limit is {Words(limit)}") : null;
    }

    private Ending? TokenEnding(ClientSender sender)
    {
        if (ExpiresAt is not { } expires)
            return null;
        var left = expires - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return new Ending(EndReasons.TokenLapsed, $"expired at {expires:yyyy-MM-ddTHH:mm:ssZ}; a token message with a new one renews it in time");
        if (left > TokenWarning || _warnedOf == expires.Ticks)
            return null;
        _warnedOf = expires.Ticks;
        if (_terms.SpeaksBascule)
            sender.Post(Opcode.Text, ServerMessages.Notice(EndReasons.TokenLapsed.Label, left));
        return null;
    }

    private Ending? PatienceEnding(ClientReader reader, ClientSender sender)
    {
        if (reader.Limiter is not { } limiter)
            return null;
        if (limiter.PatienceEnding() is { } ending)
            return ending;
        if (_terms.SpeaksBascule && limiter.TakeNotice() is { } notice)
            sender.Post(Opcode.Text, ServerMessages.HeldBack(notice.Excess, notice.ClosesIn), asked: false);
        return null;
    }

    private Ending? IdleEnding(ClientReader reader, ClientSender sender, Standstills still)
    {
        var limit = _terms.Life.Idle;
        if (limit == TimeSpan.Zero || reader.IsPaused)
            return null;
        var idle = still.TimeSince(Math.Max(reader.LastMessageAt, sender.SentAt));
        return idle >= limit ? new Ending(EndReasons.Idle, $"no message for {Words(idle)}; the limit is {Words(limit)}") : null;
    }

    private Ending? StaleEnding(ClientReader reader, ClientSender sender, Standstills still)
    {
        var limit = _terms.Heartbeat.Stale;
        // A client that we do not read cannot show that it lives.
        if (limit == TimeSpan.Zero || reader.IsPaused)
            return null;
        var quiet = still.TimeSince(Math.Max(Math.Max(reader.LastByteAt, reader.ResumedAt), sender.SentAt));
        return quiet >= limit ? new Ending(EndReasons.Stale, $"no byte for {Words(quiet)}; the limit is {Words(limit)}") : null;
    }

    /// <summary>A client that asks and takes no answer is not read; so no ping would ever find out that it is gone.</summary>
    private Ending? RoomEnding(ClientReader reader, ClientSender sender, Standstills still)
    {
        if (!reader.WaitsForRoom || sender.BlockedAt is not (not 0 and var since))
            return null;
        var (blocked, limit) = (still.TimeSince(since), _terms.Heartbeat.Timeout);
        return blocked < limit ? null : new Ending(EndReasons.ReaderTooSlow, $"took no answer to its messages for {Words(blocked)}; the limit is {Words(limit)}");
    }

    private static long TicksOf(DateTimeOffset? at) => at?.UtcTicks ?? long.MaxValue;

    private static string Words(TimeSpan span) => $"{span.TotalSeconds:0.#} s";
}
