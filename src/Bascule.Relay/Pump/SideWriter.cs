using System.Runtime.CompilerServices;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>Where data ends.</summary>
internal enum WritePlace
{
    /// <summary>Nothing of ours fits in here.</summary>
    InsideFrame,

    /// <summary>Between two frames of a message: a control frame fits in (RFC 6455 §5.4).</summary>
    InsideMessage,

    BetweenMessages,

    /// <summary>With a close frame: nothing may follow.</summary>
    Close,
}

/// <summary>The one writer of a side. Data comes from the pump; frames of our own come from anywhere, wait for their place and overtake what follows it:
/// control frames for the end of a frame, text for the end of a message.</summary>
internal sealed class SideWriter(Stream stream, TimeProvider time)
{
    /// <summary>A ping and a close of our own at most wait at a time.</summary>
    private const int PendingCapacity = 2 * ControlFrame.MaxLength;

    /// <summary>A few notices and a goodbye; more for a client that does not read say nothing new.</summary>
    private const int TextCapacity = 2048;

    private readonly Lock _gate = new();
    private byte[]? _pending;
    private byte[]? _text;
    private bool _midMessage;
    private bool _waiting;
    private int _pendingLength;
    private bool _busy;
    private bool _keptForClose;
    private bool _closePosted;
    private TaskCompletionSource? _free;
    private Task _posted = Task.CompletedTask;

    /// <summary>Nothing more may be written: a close frame was (RFC 6455 §5.5.1), or the side is being left.</summary>
    internal bool Closed { get; private set; }

    /// <summary>The last write ended inside a frame: no frame of our own fits in here.</summary>
    internal bool MidFrame { get; private set; }

    /// <summary>When a write inside a large frame last ended, as a timestamp; 0 when there was none.</summary>
    internal long InsideFrameAt { get; private set; }

    /// <summary>A write is under way: if it lasts, the peer is not reading.</summary>
    internal bool Busy => _busy;

    /// <summary>A frame of our own waits for a boundary, or will soon: the pump gives it the next one.</summary>
    internal bool NeedsBoundary => Volatile.Read(ref _waiting);

    /// <summary>Writes data of the pump.</summary>
    /// <param name="place">Where the data ends.</param>
    /// <returns>False, with nothing written, when the side was closed before.</returns>
    /// <remarks>Allocates nothing per call.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, WritePlace place)
    {
        while (true)
        {
            Task free;
            lock (_gate)
            {
                if (Closed || (_keptForClose && !MidFrame))
                    return false;
                if (!_busy)
                {
                    _busy = true;
                    Closed = place == WritePlace.Close;
                    // What still waits for its place would come after the close frame.
                    if (Closed)
                        Forget();
                    break;
                }

                free = WhenFree();
            }

            await free;
        }

        try
        {
            await stream.WriteAsync(data);
            if (MidFrame || place == WritePlace.InsideFrame)
                InsideFrameAt = time.GetTimestamp();
            MidFrame = place == WritePlace.InsideFrame;
            _midMessage = place is WritePlace.InsideFrame or WritePlace.InsideMessage;
            while (TakePendingOrRelease() is { } frame)
                await stream.WriteAsync(frame);
        }
        catch
        {
            Release();
            throw;
        }

        return true;
    }

    /// <summary>From the next boundary on nothing passes but the close frame of ours that will be posted.</summary>
    internal void KeepForClose()
    {
        lock (_gate)
            _keptForClose = _waiting = true;
    }

    /// <summary>Hands over a control frame of our own; it goes out now, or at the next frame boundary. Never waits.</summary>
    /// <returns>False when it is dropped: a ping waits already, or the side was closed.</returns>
    internal bool Post(ReadOnlySpan<byte> frame, bool closes)
    {
        lock (_gate)
        {
            // One ping that waits says as much as two, and leaves room for the close frame.
            if (Closed || _closePosted || (!closes && _pendingLength > 0))
                return false;
            _pending ??= new byte[PendingCapacity];
            frame.CopyTo(_pending.AsSpan(_pendingLength));
            _pendingLength += frame.Length;
            _closePosted = closes;
            _keptForClose |= closes;
            _waiting = true;
            if (_busy || MidFrame)
                return true;
            _busy = true;
        }

        _posted = WritePostedAsync();
        return true;
    }

    /// <summary>Hands over a whole text message of our own; it goes out now, or at the next end of a message. Never waits; dropped when a close frame is first, or too much waits already.</summary>
    internal void PostText(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (Closed || _closePosted || (_text?.Length ?? 0) + frame.Length > TextCapacity)
                return;
            _text = [.. _text ?? [], .. frame];
            _waiting = true;
            if (_busy || MidFrame || _midMessage)
                return;
            _busy = true;
        }

        _posted = WritePostedAsync();
    }

    /// <summary>From now on nothing is written but what was posted before.</summary>
    internal void Shut()
    {
        lock (_gate)
        {
            Closed = true;
            if (!_busy)
                Release();
        }
    }

    /// <summary>Waits until the close frame, or whatever came last before <see cref="Shut"/>, is written.</summary>
    internal async Task ClosedAsync()
    {
        while (true)
        {
            Task free;
            lock (_gate)
            {
                if (Closed && !_busy)
                    break;
                free = WhenFree();
            }

            await free;
        }

        await _posted;
    }

    private async Task WritePostedAsync()
    {
        try
        {
            while (TakePendingOrRelease() is { } frame)
                await stream.WriteAsync(frame);
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            // The pump that reads this side meets the same failure and names the ending.
            Release();
        }
    }

    /// <summary>What waits, when it may be written here; else the writer is free again.</summary>
    private byte[]? TakePendingOrRelease()
    {
        lock (_gate)
        {
            var text = _midMessage ? null : _text;
            if (MidFrame || (_pendingLength == 0 && text is null))
            {
                Release();
                return null;
            }

            byte[] frames = [.. text ?? [], .. _pending.AsSpan(0, _pendingLength)];
            _text = text is null ? _text : null;
            _pending = null;
            _pendingLength = 0;
            Closed |= _closePosted;
            _waiting = _keptForClose || _text is not null;
            return frames;
        }
    }

    private void Forget()
    {
        _pendingLength = 0;
        _text = null;
        _waiting = _keptForClose;
    }

    private Task WhenFree() => (_free ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Release()
    {
        lock (_gate)
        {
            _busy = false;
            _free?.SetResult();
            _free = null;
        }
    }
}
