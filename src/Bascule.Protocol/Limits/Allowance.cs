namespace Bascule.Protocol;

/// <summary>What may still be sent: messages and bytes, of one connection or of all those of one user. Safe for several threads.</summary>
internal sealed class Allowance
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private RateBucket _messages;
    private RateBucket _bytes;

    internal Allowance(long? messagesPerSecond, long? bytesPerSecond, TimeProvider time)
    {
        var now = time.GetTimestamp();
        _messages = new RateBucket(messagesPerSecond, now, time.TimestampFrequency);
        _bytes = new RateBucket(bytesPerSecond, now, time.TimestampFrequency);
        _time = time;
    }

    /// <summary>Null where neither is limited.</summary>
    internal static Allowance? For(long? messagesPerSecond, long? bytesPerSecond, TimeProvider time) =>
        messagesPerSecond is null && bytesPerSecond is null ? null : new Allowance(messagesPerSecond, bytesPerSecond, time);

    /// <param name="startsMessage">Else only bytes are asked for.</param>
    /// <param name="knownNow">A time that has passed already, at no cost; the clock is asked only when that is not enough.</param>
    internal bool Has(bool startsMessage, long knownNow)
    {
        lock (_gate)
            return HasAt(startsMessage, knownNow) || HasAt(startsMessage, _time.GetTimestamp());
    }

    /// <summary>Negative numbers give back.</summary>
    internal void Take(int messages, long bytes)
    {
        lock (_gate)
        {
            _messages.Take(messages);
            _bytes.Take(bytes);
        }
    }

    internal TimeSpan Until(bool startsMessage)
    {
        lock (_gate)
        {
            var bytes = _bytes.Until();
            var messages = startsMessage ? _messages.Until() : TimeSpan.Zero;
            return bytes > messages ? bytes : messages;
        }
    }

    /// <summary>The limit that is reached, or null.</summary>
    internal RateExcess? ExcessOf(bool startsMessage, bool ofUser, (int Messages, int Bytes) waiting)
    {
        lock (_gate)
        {
            if (startsMessage && !_messages.Allows)
                return new RateExcess(RateUnit.Messages, ofUser, _messages.PerSecond!.Value, _messages.SeenPerSecond(waiting.Messages));
            return _bytes.Allows ? null : new RateExcess(RateUnit.Bytes, ofUser, _bytes.PerSecond!.Value, _bytes.SeenPerSecond(waiting.Bytes));
        }
    }

    internal void ChangeTo(long? messagesPerSecond, long? bytesPerSecond)
    {
        lock (_gate)
        {
            _messages.ChangeTo(messagesPerSecond);
            _bytes.ChangeTo(bytesPerSecond);
        }
    }

    private bool HasAt(bool startsMessage, long now)
    {
        _messages.Refill(now);
        _bytes.Refill(now);
        return (!startsMessage || _messages.Allows) && _bytes.Allows;
    }
}

/// <summary>What a rate counts.</summary>
public enum RateUnit
{
    Messages,
    Bytes,
}

/// <summary>A rate that a client went beyond, as it was when the client was first held back.</summary>
/// <param name="OfUser">The limit is that of all connections of the user.</param>
/// <param name="Seen">What came in a second, at least.</param>
public sealed record RateExcess(RateUnit Unit, bool OfUser, long Limit, long Seen)
{
    /// <summary>For the close frame.</summary>
    public string Facts => Unit == RateUnit.Messages ? $"limit={Limit}/s; seen={Seen}/s" : $"limit={Limit}B/s; seen={Seen}B/s";

    public string UnitName => Unit == RateUnit.Messages ? "messages/s" : "bytes/s";

    public string Words => $"{Seen} {UnitName} came{(OfUser ? " from all connections of the user" : "")}; the limit is {Limit}";
}
