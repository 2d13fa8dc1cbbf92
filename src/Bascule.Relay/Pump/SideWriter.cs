using System.Runtime.CompilerServices;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>The one writer of a side. Data comes from the pump; control frames of our own come from anywhere, wait for a frame boundary and overtake what follows it.</summary>
internal sealed class SideWriter(Stream stream, TimeProvider time)
{
    /// <summary>A ping and a close of our own at most wait at a time.</summary>
    private const int PendingCapacity = 2 * ControlFrame.MaxLength;

    private readonly Lock _gate = new();
    private byte[]? _pending;
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
    internal bool NeedsBoundary => _keptForClose || Volatile.Read(ref _pendingLength) > 0;

    /// <summary>Writes data of the pump.</summary>
    /// <param name="endsAtBoundary">The data ends where a frame ends.</param>
    /// <param name="closes">Its last frame is a close frame.</param>
    /// <returns>False, with nothing written, when the side was closed before.</returns>
    /// <remarks>Allocates nothing per call.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, bool endsAtBoundary, bool closes)
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
                    Closed = closes;
                    // What still waits for a boundary would come after the close frame.
                    if (closes)
                        _pendingLength = 0;
                    break;
                }

                free = WhenFree();
            }

            await free;
        }

        try
        {
            await stream.WriteAsync(data);
            if (MidFrame || !endsAtBoundary)
                InsideFrameAt = time.GetTimestamp();
            MidFrame = !endsAtBoundary;
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
            _keptForClose = true;
    }

    /// <summary>Hands over a control frame of our own; it goes out now, or at the next frame boundary. Never waits.</summary>
    internal void Post(ReadOnlySpan<byte> frame, bool closes)
    {
        lock (_gate)
        {
            // One ping that waits says as much as two, and leaves room for the close frame.
            if (Closed || _closePosted || (!closes && _pendingLength > 0))
                return;
            _pending ??= new byte[PendingCapacity];
            frame.CopyTo(_pending.AsSpan(_pendingLength));
            _pendingLength += frame.Length;
            _closePosted = closes;
            _keptForClose |= closes;
            if (_busy || MidFrame)
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
            if (_pendingLength == 0 || MidFrame)
            {
                Release();
                return null;
            }

            var frame = _pending.AsSpan(0, _pendingLength).ToArray();
            _pending = null;
            _pendingLength = 0;
            Closed |= _closePosted;
            return frame;
        }
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
