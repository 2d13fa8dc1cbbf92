using System.Buffers;
using System.Runtime.CompilerServices;
using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>How one direction ended.</summary>
internal enum PumpEnd
{
    /// <summary>The source sent a close frame.</summary>
    CloseFrame,

    /// <summary>The source ended or broke without a close frame.</summary>
    SourceLost,

    /// <summary>The source broke a rule of RFC 6455.</summary>
    SourceFault,

    /// <summary>The destination could not be written to.</summary>
    DestinationLost,
}

/// <summary>Moves frames in one direction, untouched, until the source ends. Holds a buffer only while bytes are there.</summary>
/// <param name="closeSeen">Told when the source's close frame is there, before it is written: the writing may never end.</param>
/// <param name="limiter">What the source may send; null where nothing is limited.</param>
/// <param name="refuse">Ends the connection for a message beyond the limits; false when another ending was first.</param>
internal sealed class RelayPump(RelaySide from, RelaySide to, Action<RelaySide> closeSeen, MessageLimiter? limiter = null, Func<Ending, bool>? refuse = null)
{
    /// <summary>32 KiB: takes a 16 KiB message with its header whole. Larger ones were not measured.</summary>
    internal const int BufferBytes = 32 * 1024;

    /// <summary>Frames up to this size are forwarded whole, so that between them there is always a boundary for a frame of our own.</summary>
    internal const int WholeLimitBytes = BufferBytes;

    /// <summary>512 KiB of full buffers.</summary>
    private const int TurnsBeforeYield = 16;

    private byte[]? _buffer;
    private int _filled;
    private bool _discarding;

    /// <summary>The exception behind a lost side, as evidence.</summary>
    internal Exception? Cause { get; private set; }

    /// <summary>The fault of the source, as evidence.</summary>
    internal FrameFault Fault { get; private set; }

    internal async Task<PumpEnd> RunAsync()
    {
        try
        {
            if (!from.Endpoint.Early.IsEmpty)
            {
                Rent();
                from.Endpoint.Early.Span.CopyTo(_buffer);
                _filled = from.Endpoint.Early.Length;
                from.BytesArrived(_filled);
                if (await ForwardAsync() is { } end)
                    return end;
            }

            for (var turns = 1; ; turns++)
            {
                // A stream that never pauses must not keep its thread from the other connections.
                if (turns % TurnsBeforeYield == 0)
                    await Task.Yield();
                if (!await TryReadAsync())
                    return PumpEnd.SourceLost;
                if (await ForwardAsync() is { } end)
                    return end;
            }
        }
        finally
        {
            Return();
        }
    }

    /// <summary>Waits for bytes without a buffer, then reads what is there. False when the source has ended.</summary>
    /// <remarks>Waits once per message, so it must not allocate when it does.</remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryReadAsync()
    {
        try
        {
            if (_filled == 0)
            {
                Return();
                // A zero-byte read only waits until bytes are there.
                var arriving = from.Endpoint.Stream.ReadAsync(Memory<byte>.Empty);
                if (!arriving.IsCompleted)
                    limiter?.CaughtUp();
                await arriving;
                Rent();
            }

            var reading = from.Endpoint.Stream.ReadAsync(_buffer.AsMemory(_filled));
            if (!reading.IsCompleted)
                limiter?.CaughtUp();
            var read = await reading;
            if (read == 0)
            {
                Cause = SocketStream.FailureOf(from.Endpoint.Stream);
                return false;
            }

            _filled += read;
            from.BytesArrived(read);
            return true;
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            Cause = e;
            return false;
        }
    }

    /// <summary>Writes the whole frames at the start of the buffer, and parts of a large one; keeps the rest for the next read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PumpEnd?> ForwardAsync()
    {
        bool again;
        do
        {
            var end = Scan(out var ready);
            if (ready > 0 && !_discarding && !await TryWriteAsync(ready, closes: end == PumpEnd.CloseFrame))
                return PumpEnd.DestinationLost;
            _filled -= ready;
            if (_filled > 0)
                _buffer.AsSpan(ready, _filled).CopyTo(_buffer);
            if (end is not null)
                return end;
            again = ready > 0 && _filled > 0;
            if (limiter is { Verdict: not LimitVerdict.Pass })
            {
                await ObeyAsync(limiter);
                again = true;
            }
        }
        while (again);
        return null;
    }

    /// <summary>All before the frame that is beyond a limit is written. Waits until it may pass, or refuses it and drops what still comes.</summary>
    private async ValueTask ObeyAsync(MessageLimiter limits)
    {
        if (limits.Verdict == LimitVerdict.TooBig)
        {
            limits.Off();
            // Where another ending was first, its close frames still have to pass here.
            _discarding |= refuse!(limits.TooBig());
            return;
        }

        from.Hold();
        try
        {
            await limits.HoldAsync(_buffer.AsMemory(0, _filled));
        }
        finally
        {
            from.Release();
        }
    }

    /// <summary>False when the destination could not be written to. While the write lasts, the source is not read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryWriteAsync(int length, bool closes)
    {
        try
        {
            var place = closes ? WritePlace.Close
                : !from.Scanner.AtBoundary ? WritePlace.InsideFrame
                : from.Scanner.InMessage ? WritePlace.InsideMessage : WritePlace.BetweenMessages;
            var writing = to.Writer.WriteAsync(_buffer.AsMemory(0, length), place);
            if (!writing.IsCompleted)
                from.Pause();
            _discarding = !await writing;
            from.Resume();
            return true;
        }
        catch (Exception e) when (RelaySide.IsConnectionFailure(e))
        {
            Cause = e;
            return false;
        }
    }

    /// <summary>Walks the frames in the buffer, and takes answers to our own pings out of it.</summary>
    /// <param name="ready">Bytes that may be forwarded.</param>
    private PumpEnd? Scan(out int ready)
    {
        ready = 0;
        while (ready < _filled)
        {
            var input = _buffer.AsSpan(ready, _filled - ready);
            FramePart part;
            var step = limiter is null ? from.Scanner.Next(input, out part) : limiter.Next(ref from.Scanner, input, from.LastByteAt, out part);
            if (step == FrameStep.NeedMore)
                break;
            if (step == FrameStep.Fault)
                return Faulty(from.Scanner.Fault);
            from.FrameArrived(part);
            if (part.Header.Opcode == Opcode.Close)
                return TakeClose(input, part, ref ready);
            if (part.Header.Opcode == Opcode.Pong && IsOurPong(input, part))
            {
                limiter?.GiveBack(part);
                input[part.Length..].CopyTo(input);
                _filled -= part.Length;
                continue;
            }

            ready += part.Length;
            if (part.Ends && to.Writer.NeedsBoundary)
                break;
        }

        return null;
    }

    private bool IsOurPong(ReadOnlySpan<byte> input, in FramePart part)
    {
        Span<byte> payload = stackalloc byte[125];
        return from.TakePong(Unmask(input, part, payload));
    }

    private PumpEnd TakeClose(ReadOnlySpan<byte> input, in FramePart part, ref int ready)
    {
        Span<byte> payload = stackalloc byte[125];
        var fault = ClosePayload.TryRead(Unmask(input, part, payload), out var code, out var reason);
        if (fault != FrameFault.None)
            return Faulty(fault);
        from.CloseArrived(code, reason);
        closeSeen(from);
        ready += part.Length;
        return PumpEnd.CloseFrame;
    }

    private static ReadOnlySpan<byte> Unmask(ReadOnlySpan<byte> input, in FramePart part, Span<byte> scratch)
    {
        var payload = scratch[..(int)part.Header.PayloadLength];
        input.Slice(part.Header.HeaderLength, payload.Length).CopyTo(payload);
        if (part.Header.Masked)
            Masking.Apply(payload, part.Header.MaskKey);
        return payload;
    }

    private PumpEnd Faulty(FrameFault fault)
    {
        Fault = fault;
        return PumpEnd.SourceFault;
    }

    private void Rent() => _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);

    private void Return()
    {
        if (_buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _buffer = null;
    }
}
