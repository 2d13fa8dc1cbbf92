namespace Bascule.Terminal;

/// <summary>Writes to a process as fast as it reads, one piece at a time.</summary>
#pragma warning disable CA1001 // A semaphore that nobody asked for its wait handle has nothing to give back.
internal sealed class InputPump(PtyReactor reactor, ReactorPort port)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1);
    private PendingWrite? _pending;
    private bool _closesAfterwards;
    private bool _isOver;

    /// <summary>Reactor's thread, before anything is written.</summary>
    internal void Begin() => port.Writable = Continue;

    /// <summary>Any thread.</summary>
    /// <returns>False when nobody reads any more.</returns>
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var write = new PendingWrite(input);
            if (!reactor.TryPost(() => Start(write)))
                return false;
            // The memory is the caller's again only when the reactor has let go of it.
            await using var withdrawal = cancellation.Register(() => reactor.TryPost(() => Withdraw(write, cancellation)));
            return await write.Task;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reactor's thread. The process reads to the end of what was written, then finds the end.</summary>
    internal void CloseAfterwards()
    {
        _closesAfterwards = true;
        if (_pending is null)
            End();
    }

    /// <summary>Reactor's thread. After what is being written; without waiting for it.</summary>
    internal void Add(byte sign)
    {
        if (_isOver)
            return;
        if (_pending is { } write)
            write.Rest = (byte[])[.. write.Rest.Span, sign];
        else
            _ = Libc.Write(port.Descriptor, [sign]);
    }

    /// <summary>Reactor's thread. The one who waits is told that nobody reads any more; the port is the owner's to close.</summary>
    internal void End()
    {
        if (_isOver)
            return;
        _isOver = true;
        Finish(false);
        if (_closesAfterwards)
            port.Close();
    }

    private void Start(PendingWrite write)
    {
        if (_isOver || _closesAfterwards)
        {
            write.TrySetResult(false);
            return;
        }

        _pending = write;
        Continue();
    }

    private void Continue()
    {
        while (_pending is { } write)
        {
            if (write.Rest.IsEmpty)
            {
                Finish(true);
                break;
            }

            var count = Libc.Write(port.Descriptor, write.Rest.Span);
            if (count >= 0)
            {
                write.Rest = write.Rest[count..];
                continue;
            }

            if (count == -Libc.Interrupted)
                continue;
            if (count != -Libc.TryAgain)
            {
                // EPIPE, EIO: the other end is gone.
                End();
                return;
            }

            port.WantsWrite = true;
            return;
        }

        if (_closesAfterwards)
            End();
    }

    private void Withdraw(PendingWrite write, CancellationToken cancellation)
    {
        if (_pending != write)
            return;
        _pending = null;
        port.WantsWrite = false;
        write.TrySetCanceled(cancellation);
    }

    private void Finish(bool isTaken)
    {
        port.WantsWrite = false;
        var write = _pending;
        _pending = null;
        write?.TrySetResult(isTaken);
    }

    private sealed class PendingWrite(ReadOnlyMemory<byte> input) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        internal ReadOnlyMemory<byte> Rest { get; set; } = input;
    }
}
