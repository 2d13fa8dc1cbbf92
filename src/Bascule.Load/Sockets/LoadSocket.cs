using System.Net.Sockets;
using System.Security.Cryptography;
using Bascule.Protocol;

namespace Bascule.Load;

/// <summary>An open WebSocket of the load generator.</summary>
public sealed class LoadSocket : IAsyncDisposable
{
    /// <summary>How long our close frame may stay unanswered.</summary>
    public static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    // The server ends TCP first (RFC 6455 §7.1.1): then the port that waits for late packets is its own, and this machine does not run out of them.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    // A server that sends without pause may keep its thread to itself for so many reads, then others get their turn.
    private const int ReadsInARow = 64;

    private readonly Wire _wire;
    private readonly FrameLane _lane;
    private readonly MessageReader _reader;
    private readonly TimeProvider _time;
    private readonly string? _attempt;
    private readonly Lock _gate = new();
    private ITimer? _limit;
    private bool _isRead;
    private bool _hasEnded;
    private bool _weClosed;
    private Task _answering = Task.CompletedTask;
    private CancellationTokenSource? _pause;

    internal LoadSocket(Wire wire, MessageReader reader, TimeProvider time, string? attempt)
    {
        (_wire, _reader, _time, _attempt) = (wire, reader, time, attempt);
        _lane = new FrameLane(wire);
    }

    /// <summary>Reads until the connection ends, once; answers pings and the server's close frame. The socket is closed then.</summary>
    /// <param name="pace">Null reads as fast as it comes.</param>
    /// <exception cref="OperationCanceledException">The token fired; the connection is reset.</exception>
    public async Task<SocketEnd> ReadAsync(ISocketWatcher watcher, ReadPace? pace, CancellationToken cancellation)
    {
        // Never disposed: it has neither a timer nor a link, and a late Reset may still cancel it.
        lock (_gate)
            (_isRead, _pause) = (true, pace is null ? null : new CancellationTokenSource());
        await using var registration = cancellation.UnsafeRegister(static socket => ((LoadSocket)socket!).Reset(), this);
        try
        {
            return await RunAsync(watcher, pace);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            cancellation.ThrowIfCancellationRequested();
            return Broken(e);
        }
        finally
        {
            await EndAsync();
        }
    }

    /// <summary>Sends a whole frame that is masked already; one after the other. Done at once when the system takes it at once.</summary>
    /// <remarks>Says nothing when the connection has ended, or a close frame has gone before: <see cref="ReadAsync"/> tells that.</remarks>
    /// <exception cref="OperationCanceledException">The token fired. When part of the frame was sent by then, the connection is reset.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation) => _lane.SendAsync(frame, cancellation);

    /// <summary>Sends a close frame, once; <see cref="ReadAsync"/> ends when the server has answered it, or after <see cref="CloseLimit"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The code may not be sent.</exception>
    public async Task CloseAsync(int code, CancellationToken cancellation)
    {
        var frame = CloseFrame(code);
        lock (_gate)
        {
            if (_weClosed || _hasEnded)
                return;
            _weClosed = true;
            _limit = _time.CreateTimer(static socket => ((LoadSocket)socket!).Cut(CutReason.Unanswered), this, CloseLimit, Timeout.InfiniteTimeSpan);
        }

        await _lane.CloseAsync(frame, cancellation);
    }

    /// <summary>Ends the connection at once and without a word, as a machine does that dies; <see cref="ReadAsync"/> ends without a failure.</summary>
    public void Reset() => Cut(CutReason.Wanted);

    /// <summary>Ends the connection if it is open still. While it is read, this is a <see cref="Reset"/>, and the reading clears up.</summary>
    public async ValueTask DisposeAsync()
    {
        bool isRead;
        lock (_gate)
            isRead = _isRead;
        if (isRead)
            Reset();
        else
            await EndAsync();
    }

    private async Task<SocketEnd> RunAsync(ISocketWatcher watcher, ReadPace? pace)
    {
        var inARow = 0;
        while (true)
        {
            switch (_reader.Next(watcher))
            {
                case ReadStep.Ping:
                    Answer(_reader.Control);
                    continue;
                case ReadStep.Close:
                    return await ClosedAsync();
                case ReadStep.Fault:
                    return await FaultyAsync(FailureClasses.Protocol, CloseCodes.ProtocolError, $"{FrameFaults.Text(_reader.Fault)} The frame began with {_reader.Seen} (hex).");
                case ReadStep.TooLarge:
                    return await FaultyAsync(FailureClasses.ClientLimit, CloseCodes.MessageTooBig, $"a message was longer than {LoadPlan.LargestMessage} bytes, the most that this program takes");
            }

            if (pace is not null)
                await PauseAsync(pace.Every);
            var receiving = _wire.ReceiveAsync(_reader.Room(pace?.Bytes ?? int.MaxValue));
            inARow = receiving.IsCompleted ? inARow + 1 : 0;
            var count = await receiving;
            if (count == 0)
                return EndOfStream();
            _reader.Received(count, watcher);
            if (inARow == ReadsInARow)
            {
                inARow = 0;
                await Task.Yield();
            }
        }
    }

    /// <summary>Ends early when the connection is reset: the next read shows it.</summary>
    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, _time, _pause!.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Cut(CutReason reason)
    {
        _wire.Reset(reason);
        CancellationTokenSource? pause;
        lock (_gate)
            pause = _pause;
        pause?.Cancel();
    }

    private void Answer(ReadOnlySpan<byte> ping)
    {
        var frame = new byte[FrameHeader.MaxLength + ping.Length];
        var length = ControlFrame.Write(frame, Opcode.Pong, ping, MaskKey());
        var answering = _lane.PongAsync(frame[..length]);
        // While this one is on its way, later ones are the lane's: there is never more than one to wait for.
        if (!answering.IsCompletedSuccessfully)
            _answering = answering.AsTask();
    }

    private async Task<SocketEnd> ClosedAsync()
    {
        var fault = ClosePayload.TryRead(_reader.Control, out ClosePayload payload);
        if (fault != FrameFault.None)
            return await FaultyAsync(FailureClasses.Protocol, CloseCodes.ProtocolError, $"{FrameFaults.Text(fault)} The code was {payload.Code}.");
        bool weClosed;
        lock (_gate)
            weClosed = _weClosed;
        if (!weClosed)
            Follow(_lane.CloseAsync(CloseFrame(payload.Code), CancellationToken.None));
        var code = payload.Code == 0 ? CloseCodes.NoStatus : payload.Code;
        await AwaitEndAsync();
        return weClosed
            ? new SocketEnd(code, payload.Reason, ByPeer: false, Failure: null)
            : new SocketEnd(code, payload.Reason, ByPeer: true, Failure($"{FailureClasses.Close}{code}", Words(code, payload.Reason), AttemptOf(payload.Reason)));
    }

    private async Task<SocketEnd> FaultyAsync(string failureClass, int code, string seen)
    {
        Follow(_lane.CloseAsync(CloseFrame(code), CancellationToken.None));
        await AwaitEndAsync();
        return new SocketEnd(null, seen, ByPeer: true, Failure(failureClass, seen));
    }

    private void Follow(ValueTask sending)
    {
        if (!sending.IsCompletedSuccessfully)
            _answering = Task.WhenAll(_answering, sending.AsTask());
    }

    /// <summary>Waits for the server to end TCP, and drops what it still says. How it ends makes no difference any more: all has been said.</summary>
    private async Task AwaitEndAsync()
    {
        SetLimit(EndLimit);
        var scrap = new byte[MessageReader.SmallBuffer];
        try
        {
            while (await _wire.ReceiveAsync(scrap) > 0)
                continue;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return;
        }
    }

    private void SetLimit(TimeSpan limit)
    {
        lock (_gate)
        {
            _limit?.Dispose();
            _limit = _time.CreateTimer(static wire => ((Wire)wire!).Close(), _wire, limit, Timeout.InfiniteTimeSpan);
        }
    }

    private SocketEnd EndOfStream()
    {
        var how = _lane.Failure is { } failure ? DialFailures.Words(failure) : "end of stream";
        return Broken($"{how} {_reader.Place}");
    }

    private SocketEnd Broken(Exception e) => _wire.Cut switch
    {
        CutReason.Unanswered => Unanswered(),
        CutReason.Wanted => new SocketEnd(null, "we reset it", ByPeer: false, Failure: null),
        _ => Broken($"{DialFailures.Words(e)} {_reader.Place}"),
    };

    private SocketEnd Unanswered()
    {
        var seen = $"our close frame was not answered within {CloseLimit.TotalSeconds:0.#} s";
        return new SocketEnd(null, seen, ByPeer: false, Failure(FailureClasses.CloseNone, seen));
    }

    private SocketEnd Broken(string how) =>
        new(null, how, ByPeer: true, Failure(FailureClasses.CloseNone, _weClosed ? $"{how}, in place of an answer to our close frame" : $"{how}, without a close frame"));

    private LoadFailure Failure(string failureClass, string seen, string? attempt = null) => new(failureClass, seen, attempt ?? _attempt);

    private async Task EndAsync()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _limit?.Dispose();
        }

        _lane.End();
        _wire.Close();
        await _answering;
        await _wire.DisposeAsync();
        _reader.Release();
    }

    private static string Words(int code, string reason) => reason.Length == 0 ? $"the server closed with {code}" : $"the server closed with {code}: {reason}";

    /// <summary>A Bascule gateway ends its reasons with <c>attempt=…</c>.</summary>
    private static string? AttemptOf(string reason)
    {
        const string field = "attempt=";
        foreach (var part in reason.Split("; "))
        {
            if (part.StartsWith(field, StringComparison.Ordinal) && part.Length > field.Length)
                return part[field.Length..];
        }

        return null;
    }

    private static byte[] CloseFrame(int code)
    {
        var frame = new byte[FrameHeader.MaxLength + 2];
        return frame[..ControlFrame.WriteClose(frame, code, "", MaskKey())];
    }

    private static uint MaskKey() => (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);
}
