using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Lets one frame after the other onto the wire. A pong or a close frame goes before all data that waits, and nobody waits for it: a reader that
/// did would stand still together with a server that reads nothing until it is read.</summary>
/// <remarks>A send that fails is silent: what the server said last may still lie in the receive buffer, so the reader tells how the connection ended.</remarks>
internal sealed class FrameLane(Wire wire)
{
    private readonly Lock _gate = new();
    private Queue<TaskCompletionSource<bool>>? _line;
    private bool _isBusy;
    private bool _isShut;
    private byte[]? _pong;
    private byte[]? _close;

    /// <summary>Why a send failed; null when none did.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>A data frame; dropped when a close frame has gone before it.</summary>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        TaskCompletionSource<bool>? turn = null;
        lock (_gate)
        {
            if (_isShut)
                return default;
            if (_isBusy)
                (_line ??= new()).Enqueue(turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
            _isBusy = true;
        }

        return turn is null ? TransmitAsync(frame, cancellation) : SendInTurnAsync(frame, turn, cancellation);
    }

    /// <summary>The newest pong takes the place of one that still waits (RFC 6455 §5.5.3).</summary>
    internal ValueTask PongAsync(byte[] frame)
    {
        lock (_gate)
        {
            if (_isShut)
                return default;
            if (_isBusy)
            {
                _pong = frame;
                return default;
            }

            _isBusy = true;
        }

        return TransmitAsync(frame, CancellationToken.None);
    }

    /// <summary>The last frame of all. Done when the system has it, or when it waits behind a frame under way.</summary>
    internal ValueTask CloseAsync(byte[] frame, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_isShut)
                return default;
            Shut();
            if (_isBusy)
            {
                _close = frame;
                return default;
            }

            _isBusy = true;
        }

        return TransmitAsync(frame, cancellation);
    }

    /// <summary>Nothing is sent any more; who waits is let go.</summary>
    internal void End()
    {
        lock (_gate)
        {
            (_pong, _close) = (null, null);
            Shut();
        }
    }

    private async ValueTask SendInTurnAsync(ReadOnlyMemory<byte> frame, TaskCompletionSource<bool> turn, CancellationToken cancellation)
    {
        await using (cancellation.UnsafeRegister(static (turn, token) => ((TaskCompletionSource<bool>)turn!).TrySetCanceled(token), turn))
        {
            if (!await turn.Task)
                return;
        }

        await TransmitAsync(frame, cancellation);
    }

    private ValueTask TransmitAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var sending = StartAsync(frame);
        if (!sending.IsCompletedSuccessfully)
            return FinishAsync(sending, cancellation);
        sending.GetAwaiter().GetResult();
        return Leave() is { } control ? FinishAsync(StartAsync(control), cancellation) : default;
    }

    /// <summary>A socket that is closed by now throws at once: that is a failure like those that come later.</summary>
    private ValueTask StartAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            return wire.SendAsync(frame);
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException(e);
        }
    }

    private async ValueTask FinishAsync(ValueTask sending, CancellationToken cancellation)
    {
        try
        {
            // Half a frame is of no use to anybody: who gives up gives up the connection.
            await using (cancellation.UnsafeRegister(static wire => ((Wire)wire!).Reset(CutReason.Wanted), wire))
                await sending;
            while (Leave() is { } control)
                await wire.SendAsync(control);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Fail(e);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Gives the lane to the next in line, if there is one. A control frame is returned instead: then the lane is still the caller's.</summary>
    private byte[]? Leave()
    {
        lock (_gate)
        {
            if ((_pong ?? _close) is { } control)
            {
                if (_pong is null)
                    _close = null;
                _pong = null;
                return control;
            }

            while (_line?.TryDequeue(out var next) == true)
            {
                if (next.TrySetResult(true))
                    return null;
            }

            _isBusy = false;
            return null;
        }
    }

    private void Fail(Exception e)
    {
        lock (_gate)
        {
            Failure ??= e;
            (_pong, _close) = (null, null);
            Shut();
        }
    }

    private void Shut()
    {
        _isShut = true;
        while (_line?.TryDequeue(out var next) == true)
            next.TrySetResult(false);
    }
}
