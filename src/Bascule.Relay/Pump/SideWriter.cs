using System.Runtime.CompilerServices;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>The one writer of a side. Data comes from the pump; control frames of our own come from anywhere, wait for a frame boundary and overtake what follows it.</summary>
internal sealed class SideWriter(Stream stream)
{
    /// <summary>A ping and a close of our own at most wait at a time; posting more is a silent no-op, because the earlier one says the same.</summary>
    private const int PendingCapacity = 2 * ControlFrame.MaxLength;

    private readonly Lock _gate = new();
    private byte[]? _pending;
    private int _pendingLength;
    private bool _busy;
    private bool _closePosted;
    private TaskCompletionSource? _free;
    private Task _posted = Task.CompletedTask;

    /// <summary>A close frame has been written: nothing more may follow (RFC 6455 §5.5.1).</summary>
    internal bool Closed { get; private set; }

    /// <summary>The last write ended inside a frame: no frame of our own fits in here.</summary>
    internal bool MidFrame { get; private set; }

    /// <summary>A write is under way: if it lasts, the peer is not reading.</summary>
    internal bool Busy => _busy;

    /// <summary>Why a posted control frame could not be written, if so.</summary>
    internal Exception? PostFailure { get; private set; }

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
                if (Closed || (_closePosted && !MidFrame))
                    return false;
                if (!_busy)
                {
                    _busy = true;
                    Closed = closes;
                    break;
                }

                free = (_free ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await free;
        }

        await stream.WriteAsync(data);
        MidFrame = !endsAtBoundary;
        if (_pendingLength == 0 && TryRelease())
            return true;
        await WritePendingAsync();
        return true;
    }

    /// <summary>Hands over a control frame of our own; it goes out now, or at the next frame boundary. Never waits.</summary>
    internal void Post(ReadOnlySpan<byte> frame, bool closes)
    {
        lock (_gate)
        {
            if (Closed || _closePosted || _pendingLength + frame.Length > PendingCapacity)
                return;
            _pending ??= new byte[PendingCapacity];
            frame.CopyTo(_pending.AsSpan(_pendingLength));
            _pendingLength += frame.Length;
            _closePosted = closes;
            if (_busy || MidFrame)
                return;
            _busy = true;
        }

        _posted = WritePostedAsync();
    }

    /// <summary>The write of the last posted frame, so that its owner can await its end.</summary>
    internal Task Posted => _posted;

    private async Task WritePostedAsync()
    {
        try
        {
            await WritePendingAsync();
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            // The pump that reads this side meets the same failure and names the ending; here it is only evidence.
            PostFailure = e;
            lock (_gate)
                Release();
        }
    }

    private async Task WritePendingAsync()
    {
        while (!TryRelease())
        {
            byte[] frame;
            lock (_gate)
            {
                frame = _pending.AsSpan(0, _pendingLength).ToArray();
                _pending = null;
                _pendingLength = 0;
                Closed = _closePosted;
            }

            await stream.WriteAsync(frame);
        }
    }

    private bool TryRelease()
    {
        lock (_gate)
        {
            if (_pendingLength > 0 && !MidFrame)
                return false;
            Release();
            return true;
        }
    }

    private void Release()
    {
        _busy = false;
        _free?.SetResult();
        _free = null;
    }
}
