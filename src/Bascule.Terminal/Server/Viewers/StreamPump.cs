using System.Buffers;

namespace Bascule.Terminal;

/// <summary>Brings one stream to one viewer, out of the ring and at the viewer's pace: nobody else waits for it.</summary>
internal sealed class StreamPump
{
    /// <summary>Output that is there is sent together up to this size: 2 ms or 16 KiB make <c>ls -lR</c> twice as fast as a frame for each write (WeTTY, change 425).</summary>
    internal const int MostFrameBytes = 16 << 10;

    /// <summary>A reader further behind on a terminal is shown the end of the output, not all of it: contract/terminal.md. Of a command each byte may matter.</summary>
    internal const int MostLag = 1 << 20;

    private readonly HostedTerminal _terminal;
    private readonly Viewer _viewer;
    private readonly IDialect _dialect;
    private readonly byte _channel;
    private readonly OutputRing _ring;
    private readonly Pulse _room = new();

    // An ack that comes while the pump skips must not put back what the skip has moved.
    private readonly Lock _gate = new();
    private long _position;
    private long _acknowledged;
    private string? _skip;

    /// <param name="position">What the viewer has.</param>
    /// <param name="skip">Why it begins with a snapshot; null: it goes on at the position.</param>
    internal StreamPump(HostedTerminal terminal, Viewer viewer, IDialect dialect, byte channel, long position, string? skip)
    {
        _terminal = terminal;
        _viewer = viewer;
        _dialect = dialect;
        _channel = channel;
        _ring = channel == TermChannel.Errors ? terminal.Terminal.Errors! : terminal.Terminal.Output;
        _position = _acknowledged = position;
        _skip = skip;
    }

    internal byte Channel => _channel;

    /// <summary>The viewer has everything before it.</summary>
    internal long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <returns>False when the client says that it has what was never sent.</returns>
    internal bool Acknowledge(ulong offset)
    {
        lock (_gate)
        {
            if (offset > (ulong)_position)
                return false;
            if ((long)offset <= _acknowledged)
                return true;
            Volatile.Write(ref _acknowledged, (long)offset);
            _terminal.Seat.Acknowledge(_viewer, _channel, (long)offset);
        }

        _room.Set();
        return true;
    }

    /// <summary>Until all output was sent, or the connection is gone.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_skip is null)
            {
                await _ring.WaitAsync(_position, cancellation);
                if (_ring.IsComplete && _position >= _ring.End)
                    return;
                while (_position - Acknowledged >= _dialect.Window)
                    await _room.WaitAsync(cancellation);
                if (_terminal.Terminal.Order.Tty && _viewer.Role != ViewerRole.Write && _ring.End - _position > MostLag)
                    _skip = "lag";
            }

            cancellation.ThrowIfCancellationRequested();
            if (!await (_skip is null ? SendAsync() : SkipAsync(_skip)))
                return;
        }
    }

    private async ValueTask<bool> SendAsync()
    {
        var room = (int)Math.Min(MostFrameBytes, _dialect.Window - (_position - Acknowledged));
        var frame = ArrayPool<byte>.Shared.Rent(ServerFrames.OutputHeaderBytes + room);
        try
        {
            var count = _ring.Read(_position, frame.AsSpan(ServerFrames.OutputHeaderBytes, room));
            if (count < 0)
            {
                _skip = "passed";
                return true;
            }

            var offset = _position;
            // Before it is sent: the ack may be here before the send returns.
            Volatile.Write(ref _position, offset + count);
            if (!await _dialect.SendOutputAsync(_channel, offset, frame.AsMemory(0, ServerFrames.OutputHeaderBytes + count)))
                return false;
            if (_dialect.Window == long.MaxValue)
                Acknowledge((ulong)_position);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private async ValueTask<bool> SkipAsync(string reason)
    {
        _skip = null;
        var had = reason is "incarnation" or "beyond" ? 0 : _position;
        Skip skip;
        if (_terminal.Terminal.Order.Tty)
        {
            var snapshot = _terminal.Terminal.TakeSnapshot();
            skip = new Skip(_channel, reason, snapshot.To, Math.Max(0, snapshot.From - had), snapshot.Bytes);
        }
        else
        {
            var start = _ring.Start;
            skip = new Skip(_channel, reason, start, Math.Max(0, start - had), default);
        }

        lock (_gate)
        {
            Volatile.Write(ref _position, skip.Offset);
            Volatile.Write(ref _acknowledged, skip.Offset);
            _terminal.Seat.Acknowledge(_viewer, _channel, skip.Offset);
        }

        if (!await _dialect.SendSkipAsync(skip))
            return false;
        if (_terminal.Terminal.Order.Tty && _terminal.Terminal.Modes.IsAlternateScreen && _terminal.Exit is null)
            _terminal.Terminal.Redraw();
        return true;
    }
}
