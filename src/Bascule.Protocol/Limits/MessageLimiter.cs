using Bascule.Model;

namespace Bascule.Protocol;

/// <summary>What the limits say to the frame that comes next.</summary>
public enum LimitVerdict
{
    Pass,

    /// <summary>Not before there is allowance.</summary>
    Hold,

    /// <summary>Its message is larger than it may be, or has more fragments.</summary>
    TooBig,
}

/// <summary>Keeps a client to what it may send. Exists only where there is a limit; allocates nothing as long as none is reached.</summary>
/// <remarks>The pump of the client asks and waits; the sweep looks on from another thread. Why it is as it is: docs/decisions/message-limits.md.</remarks>
public sealed class MessageLimiter : IDisposable
{
    /// <summary>A client far above its rate wakes us 20 times a second at most, not once for each message.</summary>
    private static readonly TimeSpan ShortestHold = TimeSpan.FromMilliseconds(50);

    /// <summary>Timers end at 49 days. Who waits longer looks again.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly MessageLimits _limits;
    private readonly Allowance? _own;
    private readonly Allowance? _user;
    private readonly TimeProvider _time;
    private HoldTimer? _timer;
    private volatile bool _off;

    /// <summary>Of the message under way: payload and frames so far.</summary>
    private long _messageBytes;
    private int _messageFrames;

    /// <summary>What the verdict was about.</summary>
    private FrameHeader _next;
    private bool _nextStartsMessage;

    // Under the gate: told to the sweep and to those who ask for facts.
    private RateExcess? _excess;
    private TimeSpan _heldBefore;
    private TimeSpan _heldInARow;
    private long? _holdingSince;
    private int _holds;
    private bool _noticed;

    private MessageLimiter(in MessageLimits limits, Allowance? own, Allowance? user, TimeProvider time)
    {
        _limits = limits;
        _own = own;
        _user = user;
        _time = time;
    }

    /// <summary>Null where nothing is limited.</summary>
    /// <param name="user">The share of the connection in what its user may send.</param>
    public static MessageLimiter? For(in MessageLimits limits, UserAllowance? user, TimeProvider time)
    {
        var own = Allowance.For(limits.MessagesPerSecond, limits.BytesPerSecond, time);
        return own is null && user is null && limits.MessageBytes is null && limits.Fragments is null
            ? null
            : new MessageLimiter(limits, own, user?.Shared, time);
    }

    /// <summary>Of the last <see cref="Next"/>.</summary>
    public LimitVerdict Verdict { get; private set; }

    /// <summary>The client is held back, or was and has not caught up since.</summary>
    public bool IsHolding
    {
        get
        {
            lock (_gate)
                return _excess is not null;
        }
    }

    /// <summary>How long the client was held back altogether, and how many times it began.</summary>
    public (TimeSpan Time, int Holds) Throttled
    {
        get
        {
            lock (_gate)
                return (_heldBefore + HoldingNow(), _holds);
        }
    }

    /// <summary>What the scanner finds next, if it may pass now. Else NeedMore, and <see cref="Verdict"/> says why: nothing was taken from the input.</summary>
    /// <param name="knownNow">When the input came.</param>
    public FrameStep Next(ref FrameScanner scanner, ReadOnlySpan<byte> input, long knownNow, out FramePart part)
    {
        Verdict = _off ? LimitVerdict.Pass : Judge(scanner.AtBoundary, input, knownNow);
        part = default;
        if (Verdict != LimitVerdict.Pass)
            return FrameStep.NeedMore;
        var step = scanner.Next(input, out part);
        if (step == FrameStep.Part && !_off)
            Charge(part);
        return step;
    }

    /// <summary>Takes back the price of a frame that was an answer to us.</summary>
    public void GiveBack(in FramePart part)
    {
        _own?.Take(-1, -part.Length);
        _user?.Take(-1, -part.Length);
    }

    /// <summary>Waits until there may be allowance for what the verdict was about.</summary>
    /// <param name="buffered">What was read already.</param>
    public async ValueTask HoldAsync(ReadOnlyMemory<byte> buffered)
    {
        var until = Longer(_own?.Until(_nextStartsMessage) ?? default, _user?.Until(_nextStartsMessage) ?? default);
        if (until == TimeSpan.Zero)
            return;
        // Before the timer runs, which may fire at once: what is held from then on counts.
        BeginHold(buffered.Span);
        // A timer counts whole milliseconds and drops the rest.
        var wholeMilliseconds = TimeSpan.FromMilliseconds(Math.Ceiling(until.TotalMilliseconds));
        var wait = (_timer ??= new HoldTimer(_time)).WaitAsync(wholeMilliseconds > LongestHold ? LongestHold : Longer(ShortestHold, wholeMilliseconds));
        if (_off)
            _timer.Wake();
        await wait;
        EndHold();
    }

    /// <summary>All that the client sent is through, and it is its turn again: what was held back so far is forgiven.</summary>
    public void CaughtUp()
    {
        if (_excess is null)
            return;
        lock (_gate)
        {
            _excess = null;
            _heldInARow = TimeSpan.Zero;
            _noticed = false;
        }
    }

    /// <summary>The connection is ending: nothing is held or refused any more.</summary>
    public void Off()
    {
        _off = true;
        // The pump makes the timer and then looks whether it is off; here it is the other way round, so that one of them sees the other.
        Interlocked.MemoryBarrier();
        _timer?.Wake();
    }

    /// <summary>The ending of a verdict <see cref="LimitVerdict.TooBig"/>.</summary>
    public Ending TooBig()
    {
        var (bytes, frames) = WithNext();
        if (_limits.MessageBytes is { } maxBytes && bytes > maxBytes)
            return new Ending(EndReasons.MessageTooBig, $"a message of {bytes} bytes or more; the limit is {maxBytes}", $"limit={maxBytes}B; seen={bytes}B");
        return new Ending(
            EndReasons.MessageTooBig, $"a message of {frames} frames or more; the limit is {_limits.Fragments}", $"limit={_limits.Fragments} frames; seen={frames} frames");
    }

    /// <summary>The ending of a client that was held back for too long, or null.</summary>
    public Ending? PatienceEnding()
    {
        lock (_gate)
        {
            var held = _heldInARow + HoldingNow();
            return _excess is not null && held >= _limits.Patience
                ? new Ending(EndReasons.MessageRate, $"held back for {held.TotalSeconds:0.#} s without a break; when that began, {_excess.Words}", _excess.Facts)
                : null;
        }
    }

    /// <summary>Once for each time of holding back, when half of the patience is used up: what to tell the client. Else null.</summary>
    public (RateExcess Excess, TimeSpan ClosesIn)? TakeNotice()
    {
        lock (_gate)
        {
            var held = _heldInARow + HoldingNow();
            if (_excess is null || _noticed || held < _limits.Patience / 2)
                return null;
            _noticed = true;
            return (_excess, Longer(_limits.Patience - held, TimeSpan.Zero));
        }
    }

    public void Dispose() => _timer?.Dispose();

    private LimitVerdict Judge(bool atBoundary, ReadOnlySpan<byte> input, long knownNow)
    {
        _nextStartsMessage = false;
        if (atBoundary)
        {
            // Of a header that is broken or not whole yet, the scanner speaks.
            if (!FrameHeader.TryRead(input, out _next).IsComplete || _next.Opcode == Opcode.Close)
                return LimitVerdict.Pass;
            if (!_next.IsControl && IsTooBig())
                return LimitVerdict.TooBig;
            _nextStartsMessage = _next.Opcode != Opcode.Continuation;
        }

        return (_own?.Has(_nextStartsMessage, knownNow) ?? true) && (_user?.Has(_nextStartsMessage, knownNow) ?? true) ? LimitVerdict.Pass : LimitVerdict.Hold;
    }

    private bool IsTooBig()
    {
        var (bytes, frames) = WithNext();
        return bytes > _limits.MessageBytes || frames > _limits.Fragments;
    }

    /// <summary>The message with its next frame.</summary>
    private (long Bytes, int Frames) WithNext()
    {
        if (_next.Opcode != Opcode.Continuation)
            return (_next.PayloadLength, 1);
        // Its length is what the client claims: the sum may not fit.
        return (_next.PayloadLength > long.MaxValue - _messageBytes ? long.MaxValue : _messageBytes + _next.PayloadLength, _messageFrames + 1);
    }

    /// <summary>Messages at their first frame, control frames too, bytes as they come. The close frame is free.</summary>
    private void Charge(in FramePart part)
    {
        var header = part.Header;
        if (header.Opcode == Opcode.Close)
            return;
        if (part.Starts && !header.IsControl)
            (_messageBytes, _messageFrames) = WithNext();
        var messages = part.Starts && header.Opcode != Opcode.Continuation ? 1 : 0;
        _own?.Take(messages, part.Length);
        _user?.Take(messages, part.Length);
    }

    private void BeginHold(ReadOnlySpan<byte> buffered)
    {
        lock (_gate)
        {
            _holdingSince = _time.GetTimestamp();
            if (_excess is not null)
                return;
            var waiting = CountWaiting(buffered);
            _excess = _own?.ExcessOf(_nextStartsMessage, ofUser: false, waiting) ?? _user?.ExcessOf(_nextStartsMessage, ofUser: true, waiting);
            if (_excess is not null)
                _holds++;
        }
    }

    private void EndHold()
    {
        lock (_gate)
        {
            var held = HoldingNow();
            _heldBefore += held;
            _heldInARow += held;
            _holdingSince = null;
        }
    }

    private TimeSpan HoldingNow() => _holdingSince is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Messages and bytes that were read and may not pass yet.</summary>
    private (int Messages, int Bytes) CountWaiting(ReadOnlySpan<byte> buffered)
    {
        var bytes = buffered.Length;
        var messages = 0;
        // Inside a large frame no header is near.
        while (_nextStartsMessage && FrameHeader.TryRead(buffered, out var header).IsComplete)
        {
            messages += header.Opcode is Opcode.Continuation or Opcode.Close ? 0 : 1;
            buffered = buffered[(int)Math.Min(buffered.Length, header.FrameLength)..];
        }

        return (messages, bytes);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
