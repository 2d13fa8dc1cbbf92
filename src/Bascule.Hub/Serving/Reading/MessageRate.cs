using Bascule.Model;

namespace Bascule.Hub;

/// <summary>Keeps a client to what it may send in a second: beyond that it is read later, and when that does not help for the time of its patience, it is closed.</summary>
/// <remarks>The reader counts and waits; the sweep asks from another thread.</remarks>
internal sealed class MessageRate
{
    private readonly Lock _gate = new();
    private readonly MessageLimits _limits;
    private readonly TimeProvider _time;
    private double _messagesLeft;
    private double _bytesLeft;
    private long _filledAt;
    private long _heldSince;
    private long _countedSince;
    private long _messagesSeen;
    private long _bytesSeen;

    private MessageRate(in MessageLimits limits, TimeProvider time)
    {
        _limits = limits;
        _time = time;
        _filledAt = time.GetTimestamp();
        _messagesLeft = limits.MessagesPerSecond ?? 0;
        _bytesLeft = limits.BytesPerSecond ?? 0;
    }

    /// <summary>The client is being held back, or was and has not caught up since.</summary>
    internal bool IsHolding => Volatile.Read(ref _heldSince) != 0;

    /// <summary>Null where nothing is limited.</summary>
    internal static MessageRate? For(in MessageLimits limits, TimeProvider time) =>
        limits.MessagesPerSecond is null && limits.BytesPerSecond is null ? null : new MessageRate(limits, time);

    /// <summary>Counts what came; returns how long nothing more should be read.</summary>
    /// <param name="messages">Control frames count, too.</param>
    internal TimeSpan Take(int messages, long bytes)
    {
        lock (_gate)
        {
            Fill();
            _messagesLeft -= messages;
            _bytesLeft -= bytes;
            var wait = Math.Max(SecondsUntilPaid(_messagesLeft, _limits.MessagesPerSecond), SecondsUntilPaid(_bytesLeft, _limits.BytesPerSecond));
            if (wait <= 0)
                return TimeSpan.Zero;
            if (_heldSince == 0)
                (_heldSince, _countedSince, _messagesSeen, _bytesSeen) = (_filledAt, _filledAt, _limits.MessagesPerSecond ?? 0, _limits.BytesPerSecond ?? 0);
            _messagesSeen += messages;
            _bytesSeen += bytes;
            return TimeSpan.FromSeconds(wait);
        }
    }

    /// <summary>All that the client sent was read: what was held back is forgiven.</summary>
    internal void CaughtUp()
    {
        if (Volatile.Read(ref _heldSince) == 0)
            return;
        lock (_gate)
            _heldSince = 0;
    }

    /// <summary>The ending of a client that was held back for too long, or null.</summary>
    internal Ending? PatienceEnding()
    {
        lock (_gate)
        {
            if (_heldSince == 0 || _time.GetElapsedTime(_heldSince) is var held && held < _limits.Patience)
                return null;
            var seconds = Math.Max(1, held.TotalSeconds);
            var byMessages = _limits.MessagesPerSecond is { } && SecondsUntilPaid(_messagesLeft, _limits.MessagesPerSecond) >= SecondsUntilPaid(_bytesLeft, _limits.BytesPerSecond);
            var facts = byMessages
                ? $"limit={_limits.MessagesPerSecond}/s; seen={(long)Math.Ceiling(_messagesSeen / seconds)}/s"
                : $"limit={_limits.BytesPerSecond}B/s; seen={(long)Math.Ceiling(_bytesSeen / seconds)}B/s";
            return new Ending(EndReasons.MessageRate, $"held back for {held.TotalSeconds:0.#} s without a break; {facts}", facts);
        }
    }

    /// <summary>A second's worth is held at most.</summary>
    private void Fill()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_filledAt, now).TotalSeconds;
        _filledAt = now;
        _messagesLeft = Filled(_messagesLeft, _limits.MessagesPerSecond, seconds);
        _bytesLeft = Filled(_bytesLeft, _limits.BytesPerSecond, seconds);
    }

    private static double Filled(double left, long? perSecond, double seconds) => perSecond is { } rate ? Math.Min(rate, left + seconds * rate) : 0;

    private static double SecondsUntilPaid(double left, long? perSecond) => perSecond is { } rate && left < 0 ? -left / rate : 0;
}
